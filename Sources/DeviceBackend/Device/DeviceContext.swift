internal import CDeviceDriver
internal import CDeviceKernels
internal import Glibc
internal import Synchronization

/// One device that is in use: its driver, its stream of work, its kernels and its memory.
///
/// Work is queued on the stream in the order it is told, and runs while the host goes on. Safe to use from several
/// threads: the driver is, and what is ours lies behind locks.
///
/// `@unchecked Sendable`: handles of the driver, which do not change.
package final class DeviceContext: @unchecked Sendable {
    private let driverTables: DriverTables
    /// Of a device that has failed: they do nothing.
    private let refusingTables: DriverTables
    let kind: DeviceKind
    /// As the driver names it.
    package let name: String
    /// Bytes of the device's memory.
    package let memoryBytes: Int
    /// What kernels are compiled for.
    let architecture: KernelTarget
    /// Where its kernels come from, for people.
    package let kernelOrigin: String
    /// Of CUDA, that the driver knows: `12.9`.
    package let driverVersion: String
    private let work: cdd_stream?
    /// Holds back what the stream of work is told, to replay what repeats.
    private let recorder: WorkRecorder?
    /// For copies that are not in the order of the work: to the host, and back. Who uses them says by events what they
    /// wait for.
    let sideStreams: (down: cdd_stream?, up: cdd_stream?)
    private let context: cdd_context?
    private let functions: [String: DeviceFunction]
    private let library: ProductLibrary?
    /// The library's handle serves one thread at a time.
    let productLock = Mutex(())
    private let recent = Mutex(RecentLaunches())
    private let hostWaits = Atomic(0)
    private let failure = Mutex(Failure())
    private let failed = Atomic(false)
    private let stepping = Atomic(false)

    /// Who adds up with devices of other processes; the host must not stand still blindly then, as what it waits for may
    /// need a process that has gone.
    private let linkInUse = Mutex(WeakLink())

    /// The functions of the driver; once the device has failed, functions that do nothing.
    var tables: DriverTables { hasFailed ? refusingTables : driverTables }
    /// The library of products where there is one and it may be asked.
    var products: ProductLibrary? { hasFailed ? nil : library }

    /// Whether memory that is given back is overwritten with what is no number, so that who still reads it is found.
    var poisons: Bool { isStandIn }
    /// Whether it is ours, on the host, also where it answers in the place of a card.
    package var isStandIn: Bool { driverTables.isStandIn }
    /// Tells this card of this machine from others; all zeros where the driver does not say.
    package let identity: [UInt8]

    /// Opens a device and makes its kernels ready.
    ///
    /// - Parameter usesLibrary: whether products are the library's where there is one; otherwise they are ours.
    package init(_ kind: DeviceKind, usesLibrary: Bool = true) throws {
        let tables = try DriverTables(kind)
        let device = try OpenedDevice(kind, tables.driver)
        (driverTables, refusingTables, self.kind) = (tables, tables.refusing, kind)
        (context, name, memoryBytes, identity) = (device.context, device.name, device.memoryBytes, device.identity)
        architecture = device.architecture
        var stream: cdd_stream?
        try tables.driver.require(tables.driver.stream_create(&stream, 1), "making a stream")
        work = stream
        recorder = Self.replays ? WorkRecorder(tables.driver, stream) : nil
        var (down, up): (cdd_stream?, cdd_stream?)
        try tables.driver.require(tables.driver.stream_create(&down, 1), "making a stream of copies")
        try tables.driver.require(tables.driver.stream_create(&up, 1), "making a stream of copies")
        sideStreams = (down, up)
        (functions, kernelOrigin) = try KernelLibrary.load(tables, architecture: device.architecture)
        driverVersion = device.driverVersion
        library = try usesLibrary ? ProductLibrary(tables.blas, stream: stream) : nil
    }

    deinit {
        recorder?.close()
        library?.close()
        for stream in [sideStreams.down, sideStreams.up, work] { _ = driverTables.driver.stream_destroy(stream) }
    }

    /// The stream of work, for who tells it something by himself: what is held back is told before.
    var stream: cdd_stream? {
        flush()
        return work
    }

    /// Tells the stream of work something that it may be told later, before anybody asks for the stream.
    ///
    /// - Parameters:
    ///   - signature: all that it depends on.
    ///   - description: for errors.
    ///   - isLibrary: whether codes are of the library of products.
    ///   - tell: is given the driver and the stream, and answers with the driver's code.
    func submit(
        signature: [UInt64], _ description: @autoclosure @escaping @Sendable () -> String, isLibrary: Bool = false,
        _ tell: @escaping (DriverTables, cdd_stream?) -> Int32
    ) {
        enter()
        let (tables, work) = (tables, work)
        guard let recorder, !hasFailed else { return check(tell(tables, work), description(), isLibrary: isLibrary) }
        let command = WorkCommand(signature: signature, description: description, isLibrary: isLibrary) {
            tell(tables, work)
        }
        recorder.add(command) { check($0, $1, isLibrary: $2) }
    }

    private func flush() {
        enter()
        recorder?.flush { check($0, $1, isLibrary: $2) }
    }

    /// Segments of work that were replayed as graphs.
    package var replayCount: Int { recorder?.replays ?? 0 }

    /// Whether what repeats is replayed; not where every launch is waited for.
    private static let replays = !waitsForEach && DeviceSwitch.graphs.isOn

    /// Makes this thread of the host one that may talk to the device.
    func enter() { _ = tables.driver.context_set(context) }

    /// Waits until everything told so far is done.
    package func wait() {
        enter()
        countWait()
        if let link { return link.wait(for: stream) }
        check(tables.driver.stream_wait(stream), "waiting for the device")
    }

    /// Waits until an event has come.
    func wait(for event: cdd_event?, _ action: String) {
        if let link { return link.wait(for: event, action) }
        check(tables.driver.event_wait(event), action)
    }

    /// Whether an event has come. The host does not wait.
    func hasCome(_ event: cdd_event?) -> Bool {
        let code = tables.driver.event_query(event)
        if code == Int32(CDD_NOT_READY) {
            link?.look()
            return false
        }
        check(code, "asking for an event")
        link?.noteArrival()
        return true
    }

    /// Sums over devices that may be under way.
    var link: DeviceLink? { linkInUse.withLock { $0.link } }

    func use(_ link: DeviceLink) { linkInUse.withLock { $0.link = link } }

    func countWait() { hostWaits.add(1, ordering: .relaxed) }

    /// How often the host stood still until the device was done with something.
    var waitCount: Int { hostWaits.load(ordering: .relaxed) }

    func function(_ name: String) -> DeviceFunction {
        guard let function = functions[name] else { preconditionFailure("device: there is no kernel \(name)") }
        return function
    }

    /// - Parameter groups: of the launch, for messages.
    func note(_ name: String, groups: (x: Int, y: Int, z: Int) = (0, 0, 0)) {
        recent.withLock { $0.add(name, groups) }
    }

    /// Whether products are a library's rather than ours.
    package var hasProductLibrary: Bool { products != nil }

    /// Names of all kernels.
    package var kernelNames: [String] { functions.keys.sorted() }
}

// MARK: - Failure

extension DeviceContext {
    /// What went wrong first, and who is told.
    fileprivate struct Failure {
        var fault: DeviceFailure?
        var whenFailed: @Sendable (DeviceFailure) -> Void = { _ in }
    }

    /// Whether the device has failed: from then on nothing that is told it is done, arrays that are taken have no
    /// memory, and downloads are zeros. Results must not be used.
    package var hasFailed: Bool { failed.load(ordering: .acquiring) }
    package var fault: DeviceFailure? { hasFailed ? failure.withLock { $0.fault } : nil }

    /// - Parameter body: is told of the first fault, on the thread that meets it; it may end the process.
    package func whenFailed(_ body: @escaping @Sendable (DeviceFailure) -> Void) {
        failure.withLock { $0.whenFailed = body }
    }

    /// Takes note where the driver reports an error: what is queued behind it is lost. What the error is of may have
    /// been told long before.
    ///
    /// - Parameter isLibrary: whether the code is of the library of products, which counts its own.
    func check(_ code: Int32, _ action: @autoclosure () -> String, isLibrary: Bool = false) {
        guard code != 0, !hasFailed else { return }
        let words = isLibrary ? "the library of products answers \(code)" : driverTables.driver.describe(code)
        let kernels = recent.withLock { $0.text }
        fail(
            DeviceFailure(
                "the device \(name) failed: \(action()): \(words)"
                    + (kernels.isEmpty ? "" : "; last kernels: \(kernels)")))
    }

    /// Keeps the first fault.
    package func fail(_ fault: DeviceFailure) {
        let tell = failure.withLock { failure -> (@Sendable (DeviceFailure) -> Void)? in
            guard failure.fault == nil else { return nil }
            failure.fault = fault
            return failure.whenFailed
        }
        failed.store(true, ordering: .releasing)
        link?.noteFault()
        tell?(fault)
    }

    /// Takes the device into use again after a fault that it outlived, as it does a want of memory.
    ///
    /// - Returns: whether it answers; one that does not stays failed, and what its memory holds is lost.
    package func recover() -> Bool {
        guard hasFailed else { return true }
        _ = driverTables.driver.context_set(context)
        guard driverTables.driver.stream_wait(stream) == 0 else { return false }
        failure.withLock { $0.fault = nil }
        failed.store(false, ordering: .releasing)
        return true
    }

    /// Whether what is taken now belongs to a step of a training; for messages, and for failures of the stand-in that
    /// are counted from the beginning of one.
    package var isInStep: Bool {
        get { stepping.load(ordering: .relaxed) }
        set {
            stepping.store(newValue, ordering: .relaxed)
            if newValue, driverTables.isStandIn { cdk_standin_begin_step() }
        }
    }
}

/// Whoever made it keeps it.
private struct WeakLink {
    weak var link: DeviceLink?
}

/// The kernels that were launched last, for messages.
private struct RecentLaunches {
    private var launches: [(name: String, groups: (x: Int, y: Int, z: Int))] = []

    mutating func add(_ name: String, _ groups: (x: Int, y: Int, z: Int)) {
        if launches.count == 6 { launches.removeFirst() }
        launches.append((name, groups))
    }

    var text: String {
        launches.map { launch in
            let groups = launch.groups
            return groups.x == 0 ? launch.name : "\(launch.name) (\(groups.x) x \(groups.y) x \(groups.z))"
        }.joined(separator: ", ")
    }
}

/// What the driver says of a device.
struct OpenedDevice {
    let name: String
    let memoryBytes: Int
    /// For the compiler.
    let architecture: KernelTarget
    /// Of CUDA, that the driver knows.
    let driverVersion: String
    let identity: [UInt8]
    let context: cdd_context?

    init(_ kind: DeviceKind, _ driver: cdd_driver) throws {
        let ordinal =
            switch kind {
            case .card(let index): index
            case .standIn: 0
            }
        try driver.start()
        let count = try Self.count(driver)
        guard count > 0 else { throw DeviceError("the driver shows no device; is CUDA_VISIBLE_DEVICES empty?") }
        guard ordinal < count else {
            throw DeviceError(
                "there is no device \(ordinal): the driver shows \(count), numbered from 0 "
                    + "(CUDA_VISIBLE_DEVICES counts)"
            )
        }
        var device: Int32 = 0
        try driver.require(driver.device_get(&device, Int32(ordinal)), "finding device \(ordinal)")
        name = driver.name(of: device)
        var bytes = 0
        try driver.require(driver.device_memory(&bytes, device), "asking for the memory of \(name)")
        memoryBytes = bytes
        var identity = [UInt8](repeating: 0, count: 16)
        _ = identity.withUnsafeMutableBufferPointer { driver.device_identity($0.baseAddress, device) }
        self.identity = identity
        var version: Int32 = 0
        try driver.require(driver.driver_version(&version), "asking for the driver's version")
        driverVersion = "\(version / 1000).\(version % 1000 / 10)"
        architecture = KernelTarget(
            capability: 10 * Int(try driver.attribute(CDD_ATTRIBUTE_MAJOR, device))
                + Int(try driver.attribute(CDD_ATTRIBUTE_MINOR, device)))
        var context: cdd_context?
        try driver.require(driver.context_retain(&context, device), "starting \(name)")
        try driver.require(driver.context_set(context), "starting \(name)")
        self.context = context
    }

    static func count(_ driver: cdd_driver) throws -> Int {
        var count: Int32 = 0
        try driver.require(driver.device_count(&count), "counting devices")
        return Int(count)
    }
}

extension cdd_driver {
    /// As the driver tells it: 12.0 came with the drivers of the end of 2022, the first that take what the compilers
    /// make that we know.
    private static let leastVersion: Int32 = 12_000

    /// - Throws: also where the driver is too old.
    func start() throws {
        let code = `init`(0)
        guard code != Int32(CDD_NO_DEVICE) else {
            throw DeviceError("the driver finds no device; is CUDA_VISIBLE_DEVICES empty? (\(describe(code)))")
        }
        try require(code, "starting the driver")
        var version: Int32 = 0
        try require(driver_version(&version), "asking for the driver's version")
        guard version >= Self.leastVersion else {
            throw DeviceError(
                "the driver is too old: it knows CUDA \(version / 1000).\(version % 1000 / 10), and "
                    + "\(Self.leastVersion / 1000).0 is needed; install one of 2023 or later")
        }
    }

    func require(_ code: Int32, _ action: @autoclosure () -> String) throws {
        guard code == 0 else { throw DeviceError("device: \(action()) failed with \(describe(code))", code: code) }
    }

    func describe(_ code: Int32) -> String {
        var (name, text): (UnsafePointer<CChar>?, UnsafePointer<CChar>?)
        _ = error_name(code, &name)
        _ = error_text(code, &text)
        return (name.map { String(cString: $0) } ?? "error \(code)") + (text.map { " (\(String(cString: $0)))" } ?? "")
    }

    func name(of device: Int32) -> String {
        var text = [CChar](repeating: 0, count: 128)
        _ = text.withUnsafeMutableBufferPointer { device_name($0.baseAddress, Int32($0.count), device) }
        return text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    func attribute(_ attribute: Int, _ device: Int32) throws -> Int32 {
        var value: Int32 = 0
        try require(device_attribute(&value, Int32(attribute), device), "asking for attribute \(attribute)")
        return value
    }
}
