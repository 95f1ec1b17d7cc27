internal import Basics
public import Collectives
internal import Glibc
public import TensorEngine

/// How what students add up travels between them.
public enum GradientTransport: String, Sendable, CaseIterable {
    /// Through the memory of the hosts and MPI.
    case mpi
    /// From card to card, by NCCL.
    case nccl
    /// By NCCL where each student has a card of its own and the library is there, else by MPI.
    case auto
}

/// The devices of all students of a job where they add up by themselves, seen by one of the students.
///
/// Students tell each other by MPI when a device has failed: the others' cards would wait for it for ever. Who waits for
/// his device looks for such a message, and takes part no more once he has one.
public final class DeviceSums {
    /// Their ranks are those of the students, in order.
    public let group: DeviceGroup
    private let talk: FaultTalk

    private init(_ group: DeviceGroup, _ talk: FaultTalk) { (self.group, self.talk) = (group, talk) }

    /// Joins the students' devices, as the setting asks for, and has them add up some numbers once. Collective over
    /// `world`, teachers included.
    ///
    /// - Parameters:
    ///   - devices: what each rank computes on.
    ///   - patienceSeconds: after which a sum that does not come is given up; 0 waits for ever.
    /// - Returns: nil where students add up by MPI, where there is one alone, and on a teacher.
    /// - Throws: where `nccl` was asked for and cannot be used, on all ranks alike, with the reason and the remedy.
    public static func open(
        _ transport: GradientTransport, of devices: JobDevices, patienceSeconds: Int, over world: any ProcessGroup
    ) throws -> DeviceSums? {
        guard transport != .mpi else { return nil }
        let students = devices.accounts.filter(\.isStudent)
        let isStudent = devices.accounts[world.rank].isStudent
        let own = isStudent ? refusal(students) : nil
        if let refusal = try firstRefusal(own, ofRanks: students.count, over: world) {
            guard transport == .auto else { throw UnusableDevice.transport(refusal) }
            if world.rank == 0, students.first?.kind != Device.cpu.name {
                StandardError.write("note: auto adds up gradients by MPI: \(refusal)\n")
            }
            return nil
        }
        guard students.count > 1 else { return nil }
        return try join(students.map(\.rank), isStudent, patienceSeconds, world)
    }

    /// Why students cannot add up by NCCL; nil where they can.
    private static func refusal(_ students: [JobDevices.Account]) -> String? {
        if students.contains(where: { $0.kind == Device.cpu.name }) {
            return "the students compute on the processor, and NCCL adds up what is on cards (engine.device)"
        }
        for (index, student) in students.enumerated() where !student.identity.isEmpty {
            let sharer = students[..<index].first { $0.host == student.host && $0.identity == student.identity }
            guard let sharer else { continue }
            return "ranks \(sharer.rank) and \(student.rank) on \(student.host) share one card, \(student.name), and "
                + "NCCL needs a card for each student; start fewer ranks, or show more cards by CUDA_VISIBLE_DEVICES"
        }
        do {
            _ = try DeviceGroup.libraryDescription()
            return nil
        } catch { return "\(error)" }
    }

    /// The same on all ranks. Collective.
    ///
    /// - Parameters:
    ///   - isConsequence: whether this rank only knows that another has a reason.
    ///   - count: ranks that might have one.
    private static func firstRefusal(
        _ own: String?, isConsequence: Bool = false, ofRanks count: Int, over world: any ProcessGroup
    ) throws(CollectiveError) -> String? {
        let all = try world.allGather((own.map { Array($0.utf8) } ?? []) + (isConsequence ? [0] : []))
        let rank = all.firstIndex { !$0.isEmpty && $0.last != 0 } ?? all.firstIndex { !$0.isEmpty }
        guard let rank else { return nil }
        let text = String(decoding: all[rank].filter { $0 != 0 }, as: UTF8.self)
        return all.count { $0 == all[rank] } == count ? text : "rank \(rank): \(text)"
    }

    private static func join(
        _ students: [Int], _ isStudent: Bool, _ patienceSeconds: Int, _ world: any ProcessGroup
    ) throws -> DeviceSums? {
        let group = try world.split(color: isStudent ? 0 : 1, key: world.rank)
        var joined: DeviceSums?
        var refusal: String?
        var isConsequence = false
        var identity: [UInt8] = []
        if isStudent && group.rank == 0 {
            do { identity = try DeviceGroup.makeIdentity() } catch { refusal = "\(error)" }
        }
        if let refusal = try firstRefusal(refusal, ofRanks: 1, over: world) { throw UnusableDevice.transport(refusal) }
        if isStudent {
            identity = try group.allGather(identity)[0]
            let talk = FaultTalk(group, jobRanks: students)
            do {
                let devices = try DeviceGroup(
                    identity: identity, rank: group.rank, size: group.size, patienceSeconds: patienceSeconds,
                    whileWaiting: { talk.look() }, tellOthers: { talk.tell() })
                try Engine.keepingFaults { try devices.requireRightSums(rank: group.rank, size: group.size) }
                joined = DeviceSums(devices, talk)
            } catch let error as UnusableDevice { (refusal, isConsequence) = (error.description, talk.hasHeard) }
        }
        let reason = try firstRefusal(refusal, isConsequence: isConsequence, ofRanks: students.count, over: world)
        if let reason { throw UnusableDevice.transport(reason) }
        return joined
    }
}

extension DeviceGroup {
    /// Has the devices add up what everybody knows the sum of: a link between cards that does not work shows before
    /// anything is trained, and the first sums are the ones that take long.
    fileprivate func requireRightSums(rank: Int, size: Int) throws {
        let numbers = Tensor((0..<1000).map { Float(($0 + 1) * (rank + 1)) }, shape: [1000])
        sum([numbers])
        join()
        let values = numbers.values()
        if let fault = Engine.deviceFault { throw UnusableDevice(fault.description) }
        let ranks = size * (size + 1) / 2
        guard values == (0..<1000).map({ Float(($0 + 1) * ranks) }) else {
            throw UnusableDevice("a sum over the cards of all students is wrong; do not train on them so")
        }
    }
}

/// Word among students that a device takes part in sums no more.
private final class FaultTalk {
    private static let tag = 1

    /// Of the students, for nothing else.
    private let group: any ProcessGroup
    private let jobRanks: [Int]
    private var sent: [PendingBox] = []
    /// Whether word has come.
    private(set) var hasHeard = false

    init(_ group: any ProcessGroup, jobRanks: [Int]) { (self.group, self.jobRanks) = (group, jobRanks) }

    /// Whose device has failed; nil where no word has come. Says to those who ask that this rank works.
    func look() -> String? {
        group.pulse()
        for student in 0..<group.size where student != group.rank {
            do throws(CollectiveError) {
                guard try group.waitingMessageBytes(from: student, tag: Self.tag) != nil else { continue }
                hasHeard = true
                return "the device of rank \(jobRanks[student]) takes part no more"
            } catch { return "\(error)" }
        }
        return nil
    }

    /// A message that cannot be sent is one to a rank that has gone.
    func tell() {
        for student in 0..<group.size where student != group.rank {
            let word = FaultWord()
            do throws(CollectiveError) {
                let operation = try group.startSend(
                    bytes: UnsafeRawBufferPointer(word.bytes), to: student, tag: Self.tag, owner: word)
                sent.append(PendingBox(operation))
            } catch { continue }
        }
    }
}

/// Memory of a message.
private final class FaultWord {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 8)
    init() { bytes[0] = 1 }
    deinit { bytes.deallocate() }
}

extension UnusableDevice {
    fileprivate static func transport(_ reason: String) -> UnusableDevice {
        UnusableDevice(
            "the students cannot add up by NCCL: \(reason); distribution.transport: mpi goes through the hosts, which "
                + "always works")
    }
}
