internal import CDeviceDriver
internal import CDeviceKernels
internal import Synchronization

/// One device that is in use: its driver, its one stream of work, its kernels and its memory.
///
/// Work is queued on the stream in the order it is told, and runs while the host goes on. Safe to use from several
/// threads: the driver is, and what is ours lies behind locks.
///
/// `@unchecked Sendable`: handles of the driver, which do not change.
package final class DeviceContext: @unchecked Sendable {
    let tables: DriverTables
    let kind: DeviceKind
    /// As the driver names it.
    package let name: String
    /// Bytes of the device's memory.
    package let memoryBytes: Int
    /// For the compiler, such as `sm_90`.
    let architecture: String
    let stream: cdd_stream?
    private let context: cdd_context?
    private let functions: [String: DeviceFunction]
    /// The library's handle serves one thread at a time.
    let products: ProductLibrary?
    let productLock = Mutex(())
    private let recent = Mutex(RecentLaunches())

    /// Whether memory that is given back is overwritten with what is no number, so that who still reads it is found.
    var poisons: Bool { kind == .standIn }

    /// Opens a device and makes its kernels ready.
    ///
    /// - Parameter usesLibrary: whether products are the library's where there is one; otherwise they are ours.
    package init(_ kind: DeviceKind, usesLibrary: Bool = true) throws {
        let tables = try DriverTables(kind)
        let device = try OpenedDevice(kind, tables.driver)
        (self.tables, self.kind, context) = (tables, kind, device.context)
        (name, memoryBytes, architecture) = (device.name, device.memoryBytes, device.architecture)
        var stream: cdd_stream?
        try tables.driver.require(tables.driver.stream_create(&stream, 1), "making a stream")
        self.stream = stream
        functions = try KernelLibrary.load(kind, tables.driver, architecture: device.architecture)
        products = try usesLibrary ? ProductLibrary(tables.blas, stream: stream) : nil
    }

    deinit {
        products?.close()
        _ = tables.driver.stream_destroy(stream)
    }

    /// Makes this thread of the host one that may talk to the device.
    func enter() { _ = tables.driver.context_set(context) }

    /// Waits until everything told so far is done.
    package func wait() {
        enter()
        check(tables.driver.stream_wait(stream), "waiting for the device")
    }

    /// Ends the program where the driver reports an error: what is queued behind it is lost, and a result that depends
    /// on it must never be used. What the error is of may have been told long before.
    func check(_ code: Int32, _ action: @autoclosure () -> String) {
        guard code != 0 else { return }
        fatalError(
            "device \(name): \(action()) failed with \(tables.driver.describe(code)); last kernels: "
                + recent.withLock { $0.names }.joined(separator: ", "))
    }

    func function(_ name: String) -> DeviceFunction {
        guard let function = functions[name] else { preconditionFailure("device: there is no kernel \(name)") }
        return function
    }

    func note(_ name: String) { recent.withLock { $0.add(name) } }

    /// Names of all kernels.
    package var kernelNames: [String] { functions.keys.sorted() }
}

/// The kernels that were launched last, for messages.
private struct RecentLaunches {
    private(set) var names: [String] = []

    mutating func add(_ name: String) {
        if names.count == 6 { names.removeFirst() }
        names.append(name)
    }
}

/// What the driver says of a device.
struct OpenedDevice {
    let name: String
    let memoryBytes: Int
    /// For the compiler, such as `sm_90`.
    let architecture: String
    let context: cdd_context?

    init(_ kind: DeviceKind, _ driver: cdd_driver) throws {
        let ordinal =
            switch kind {
            case .card(let index): index
            case .standIn: 0
            }
        try driver.require(driver.`init`(0), "starting the driver")
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
        architecture =
            "sm_\(try driver.attribute(CDD_ATTRIBUTE_MAJOR, device))"
            + "\(try driver.attribute(CDD_ATTRIBUTE_MINOR, device))"
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
    func require(_ code: Int32, _ action: @autoclosure () -> String) throws {
        guard code == 0 else { throw DeviceError("device: \(action()) failed with \(describe(code))") }
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
