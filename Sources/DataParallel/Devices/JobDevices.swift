internal import Basics
public import Collectives
public import TensorEngine

/// What every rank of a job computes on: opened by each, and agreed on by all.
///
/// Students are replicas, so they share one kind of device, and `auto` means the same on all of them; teachers may
/// compute on another.
public struct JobDevices: Sendable {
    /// What a rank tells the others.
    package struct Account: Equatable, Sendable {
        package var rank = 0
        package var host = ""
        package var isStudent = true
        /// Whether it leaves the choice to this.
        package var isAuto = false
        /// As `Device.kindName`.
        package var kind = ""
        /// Of products.
        package var precision = ""
        /// Of a card.
        package var identity = ""
        package var name = ""
        package var memoryBytes = 0
        /// Why the rank cannot use a card.
        package var refusal = ""

        package init() {}

        var place: String { "rank \(rank) on \(host)" }
    }

    let accounts: [Account]

    package init(accounts: [Account]) { self.accounts = accounts }

    /// Whether a rank computes on what can fail while it works.
    public var canFail: Bool { accounts.contains { $0.kind != Device.cpu.name } }
}

extension JobDevices {
    /// Opens this rank's device, before its first tensor. What the environment says goes before `device`. Collective
    /// over `world`.
    ///
    /// - Parameters:
    ///   - key: of the setting that names the device, for messages.
    ///   - precision: of the students' products; what the environment says goes before it. Teachers on the processor
    ///     have it where the students are there too, and compute in fp32 for students elsewhere.
    ///   - seat: among the ranks of the node that take cards; nil for their order in `world`.
    /// - Throws: where the device cannot be used, or the students' are not of one kind, with the remedy.
    @discardableResult
    public static func open(
        _ device: Device, by key: String = "engine.device", precision: Precision = .fp32, isStudent: Bool = true,
        seat: Int? = nil, over world: any ProcessGroup
    ) throws -> JobDevices {
        let (wanted, asked) = (try device.orOfEnvironment(), try precision.orOfEnvironment())
        // What a teacher on the processor rounds is known when all have said what they compute on.
        let rounding = wanted == .cpu && !isStudent ? .fp32 : asked
        if wanted == .cpu { try checkProcessor(rounding) }
        // Of what follows on the same device, nothing is said again.
        let isNew = Engine.deviceInUse(for: wanted, rounding) == nil
        let ownSeat = try seatAmongTakers(wanted, world.nodeGroup())
        var own = Account()
        (own.rank, own.host, own.isStudent) = (world.rank, HostName.current, isStudent)
        (own.isAuto, own.precision) = (wanted == .auto, asked.rawValue)
        var opened: OpenDevice?
        do {
            let device =
                try Engine.deviceInUse(for: wanted, rounding)
                ?? OpenDevice(wanted, precision: rounding, seat: seat ?? ownSeat)
            own.describe(device)
            opened = device
        } catch let error as UnusableDevice {
            guard wanted == .auto else { throw UnusableDevice.asked(wanted, by: key, error) }
            own.refusal = error.description
        }
        let accounts = try world.allGather(own.encoded).map(Account.init(encoded:))
        let (agreed, lines) = agree(accounts)
        let precision = Precision(rawValue: agreed[world.rank].precision) ?? .fp32
        if agreed[world.rank].kind == Device.cpu.name, opened?.device != .cpu || opened?.precision != precision {
            try checkProcessor(precision)
            opened = try OpenDevice(processorFor: wanted, precision: precision)
        }
        let devices = JobDevices(accounts: agreed)
        if world.rank == 0 && isNew {
            let uses = devices.summary(asked).map { [$0] } ?? []
            for line in lines + sharings(agreed) + uses { StandardError.write(line + "\n") }
        }
        try requireOneKind(agreed)
        if let opened { try Engine.compute(on: opened) }
        return devices
    }

    /// Of this rank's node, which others of the job need not be like.
    private static func checkProcessor(_ precision: Precision) throws {
        do { try precision.checkForCPU() } catch {
            throw UnusableDevice("on \(HostName.current): \(error.description)")
        }
    }

    /// What computes, for a person; nil where the processor alone does, in single precision.
    ///
    /// - Parameter precision: of the products of students.
    package func summary(_ precision: Precision) -> String? {
        guard canFail || precision != .fp32 else { return nil }
        func text(_ group: [Account]) -> String {
            var names: [String] = []
            for name in group.map({ $0.kind == Device.cpu.name ? $0.kind : "\($0.kind) (\($0.name))" })
            where !names.contains(name) { names.append(name) }
            return names.joined(separator: ", ")
        }
        let students = accounts.filter(\.isStudent)
        let teachers = accounts.filter { !$0.isStudent }
        let who = teachers.isEmpty ? "computes on " : "students compute on "
        return who + text(students) + (teachers.isEmpty ? "" : ", teachers on " + text(teachers))
            + (precision == .fp32 ? "" : "; products in \(precision)")
    }

    /// What teachers compute on, as `Device.kindName`; nil where no rank does nothing else.
    public var teacherKind: String? { accounts.first { !$0.isStudent }?.kind }

    /// The place of this rank among those of its node that take cards. Collective over the node.
    private static func seatAmongTakers(_ wanted: Device, _ node: any ProcessGroup) throws(CollectiveError) -> Int {
        let takers = try node.allGather([wanted.takesCard ? 1 : 0 as UInt8])
        return takers[..<node.rank].count { $0 == [1] }
    }

    /// Least memory of a card for each of its ranks with `auto`: a small network of 512 x 512 trains in it.
    package static let leastShareBytes = 2 << 30

    /// What each rank computes on where all that say `auto` and train, or teach, take the same way: a card each, or
    /// the processor where one of them has none. Teachers on the processor compute in fp32 for students elsewhere.
    ///
    /// - Returns: also a line for each of these decisions for the processor.
    package static func agree(_ accounts: [Account]) -> (accounts: [Account], lines: [String]) {
        var agreed = accounts
        var lines: [String] = []
        for isStudent in [true, false] {
            let group = accounts.filter { $0.isAuto && $0.isStudent == isStudent }
            guard let (rank, reason) = group.lazy.compactMap({ refusal($0, accounts) }).first else { continue }
            for account in group { agreed[account.rank] = account.onProcessor }
            let who = accounts.count == 1 ? "" : isStudent ? " on all students" : " on all teachers"
            let place = accounts.count == 1 ? "" : "\(rank.place): "
            lines.append("note: auto computes on the processor\(who): \(place)\(reason)")
        }
        if !agreed.contains(where: { $0.isStudent && $0.isOnProcessor }) {
            for account in agreed where !account.isStudent && account.isOnProcessor {
                agreed[account.rank].precision = Precision.fp32.rawValue
            }
        }
        return (agreed, lines)
    }

    private static func refusal(_ account: Account, _ all: [Account]) -> (Account, String)? {
        if !account.refusal.isEmpty { return (account, account.refusal) }
        guard !account.identity.isEmpty else { return nil }
        let sharers = all.count { $0.host == account.host && $0.identity == account.identity }
        guard account.memoryBytes / sharers < leastShareBytes else { return nil }
        return (
            account,
            "its card \(account.name) has \(account.memoryBytes >> 20) MiB for \(sharers) "
                + "rank\(sharers == 1 ? "" : "s"), less than \(leastShareBytes >> 20) MiB each"
        )
    }

    /// A line for each card of several ranks.
    package static func sharings(_ accounts: [Account]) -> [String] {
        var lines: [String] = []
        var seen: Set<String> = []
        for account in accounts where !account.identity.isEmpty {
            let card = "\(account.host) \(account.identity)"
            let ranks = accounts.filter { $0.identity == account.identity && $0.host == account.host }.map(\.rank)
            guard seen.insert(card).inserted, ranks.count > 1 else { continue }
            lines.append(
                "warning: ranks \(ranks.map(String.init).joined(separator: ", ")) on \(account.host) share one card, "
                    + "\(account.name): they take turns, and its memory is for all of them; start a rank a card, or "
                    + "show more cards by CUDA_VISIBLE_DEVICES")
        }
        return lines
    }

    package static func requireOneKind(_ accounts: [Account]) throws {
        let students = accounts.filter(\.isStudent)
        if Set(students.map(\.precision)).count > 1 {
            let list = students.map { "\($0.place) computes in \($0.precision)" }.joined(separator: ", ")
            throw UnusableDevice(
                "the students of a job must share one precision: \(list); give engine.precision (or "
                    + "\(Precision.environmentVariable)) alike on all of them")
        }
        guard Set(students.map(\.kind)).count > 1 else { return }
        let list = students.map { "\($0.place) computes on \($0.kind)" }.joined(separator: ", ")
        throw UnusableDevice(
            "the students of a job must share one kind of device: \(list); give engine.device (or "
                + "\(Device.environmentVariable)) alike on all of them. Teachers may compute on another: "
                + "engine.teacherDevice")
    }
}

extension JobDevices.Account {
    fileprivate mutating func describe(_ device: OpenDevice) {
        (kind, identity) = (device.device.kindName, device.identity)
        (name, memoryBytes) = (device.description, device.memoryBytes)
    }

    fileprivate var isOnProcessor: Bool { kind == Device.cpu.name }

    fileprivate var onProcessor: Self {
        var other = self
        (other.kind, other.identity, other.name, other.memoryBytes) = (Device.cpu.name, "", "", 0)
        return other
    }

    package var encoded: [UInt8] {
        let fields = [
            "\(rank)", host, isStudent ? "1" : "0", isAuto ? "1" : "0", kind, identity, name, "\(memoryBytes)", refusal,
            precision,
        ]
        return Array(fields.joined(separator: "\0").utf8)
    }

    package init(encoded: [UInt8]) {
        let fields = encoded.split(separator: 0, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        precondition(fields.count == 10, "JobDevices: an account of \(fields.count) fields")
        (rank, host, isStudent, isAuto) = (Int(fields[0]) ?? 0, fields[1], fields[2] == "1", fields[3] == "1")
        (kind, identity, name) = (fields[4], fields[5], fields[6])
        (memoryBytes, refusal, precision) = (Int(fields[7]) ?? 0, fields[8], fields[9])
    }
}
