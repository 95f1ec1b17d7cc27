internal import CDeviceDriver

/// Memory of the host that a device copies from and to by itself, and the event after which nobody does any more.
///
/// `@unchecked Sendable`: whoever takes it has it alone.
final class PinnedMemory: @unchecked Sendable {
    let address: UnsafeMutableRawPointer
    let byteCount: Int
    private let event: cdd_event?
    private let context: DeviceContext

    /// - Throws: where the host has no such memory left.
    init(_ context: DeviceContext, byteCount: Int) throws {
        let driver = context.tables.driver
        context.enter()
        var memory: UnsafeMutableRawPointer?
        try driver.require(driver.host_allocate(&memory, byteCount), "taking \(byteCount) bytes of the host for copies")
        guard let memory else { throw DeviceError("device: no \(byteCount) bytes of the host for copies") }
        var event: cdd_event?
        // Without times.
        do { try driver.require(driver.event_create(&event, 2), "making an event") } catch {
            _ = driver.host_free(memory)
            throw error
        }
        (address, self.byteCount, self.event, self.context) = (memory, byteCount, event, context)
    }

    /// More memory in the middle of work.
    ///
    /// - Returns: nil where there is none; then the device has failed.
    static func more(_ context: DeviceContext, byteCount: Int) -> PinnedMemory? {
        do {
            return try PinnedMemory(context, byteCount: byteCount)
        } catch {
            if let code = (error as? DeviceError)?.code, code != Int32(CDD_OUT_OF_MEMORY) {
                context.check(code, "taking \(byteCount) bytes of the host for copies")
            }
            context.fail(DeviceFailure("\(error); give each rank of the node less to do", isShortage: true))
            return nil
        }
    }

    deinit {
        context.enter()
        let driver = context.tables.driver
        _ = driver.event_wait(event)
        _ = driver.event_destroy(event)
        _ = driver.host_free(address)
    }

    /// What a stream was told so far uses the memory.
    func mark(on stream: cdd_stream?) {
        context.check(context.tables.driver.event_record(event, stream), "recording an event")
    }

    /// Makes a stream wait for who uses the memory; the host goes on.
    func hold(_ stream: cdd_stream?) {
        context.check(context.tables.driver.stream_wait_event(stream, event, 0), "waiting for an event")
    }

    /// Whether nobody uses it any more. The host does not wait.
    var isFree: Bool {
        context.enter()
        return context.hasCome(event)
    }

    /// Waits until nobody uses it.
    func wait() {
        guard !isFree else { return }
        context.countWait()
        context.wait(for: event, "waiting for a copy")
    }
}
