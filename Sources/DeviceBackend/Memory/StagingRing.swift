internal import CDeviceDriver
internal import DeviceSeam
internal import Synchronization

/// Memory of the host that copies to and from the device pass through. An upload's bytes are copied into it and the
/// caller goes on; the place is used again when the copy is done.
///
/// `@unchecked Sendable`: the memory is used under the lock.
final class StagingRing: @unchecked Sendable {
    private struct Slot {
        let memory: UnsafeMutableRawPointer
        let event: cdd_event?
        var used = 0
    }

    private static let slotBytes = 4 << 20
    private static let slotCount = 4

    private let context: DeviceContext
    private let slots: Mutex<(list: [Slot], current: Int)>

    init(_ context: DeviceContext) throws {
        self.context = context
        let driver = context.tables.driver
        context.enter()
        let list = try (0..<Self.slotCount).map { _ in
            var memory: UnsafeMutableRawPointer?
            try driver.require(driver.host_allocate(&memory, Self.slotBytes), "taking memory for copies")
            guard let memory else { throw DeviceError("device: no memory for copies") }
            var event: cdd_event?
            // Without times.
            try driver.require(driver.event_create(&event, 2), "making an event")
            return Slot(memory: memory, event: event)
        }
        slots = Mutex((list, 0))
    }

    deinit {
        context.wait()
        let driver = context.tables.driver
        slots.withLock { slots in
            for slot in slots.list {
                _ = driver.event_destroy(slot.event)
                _ = driver.host_free(slot.memory)
            }
        }
    }

    /// Queues a copy of host bytes, which may change as soon as the call returns.
    func upload(_ bytes: UnsafeRawBufferPointer, to address: UInt64) {
        guard let source = bytes.baseAddress else { return }
        context.enter()
        slots.withLock { slots in
            var done = 0
            while done < bytes.count {
                if Self.slotBytes - slots.list[slots.current].used < min(bytes.count - done, 256) { turn(&slots) }
                let index = slots.current
                let place = slots.list[index].memory + slots.list[index].used
                let count = min(bytes.count - done, Self.slotBytes - slots.list[index].used)
                place.copyMemory(from: source + done, byteCount: count)
                context.check(
                    context.tables.driver.copy_up(address + UInt64(done), place, count, context.stream),
                    "copying \(count) bytes up")
                slots.list[index].used += (count + 63) / 64 * 64
                done += count
            }
        }
    }

    /// Copies bytes down, and waits for them and everything before: once, unless they are more than a slot.
    func download(_ copies: [HostCopy]) {
        context.enter()
        slots.withLock { slots in
            turn(&slots)
            let memory = slots.list[slots.current].memory
            var pending: [(place: UnsafeMutableRawPointer, target: UnsafeMutableRawPointer, count: Int)] = []
            var used = 0
            func collect() {
                guard !pending.isEmpty else { return }
                context.wait()
                for copy in pending { copy.target.copyMemory(from: copy.place, byteCount: copy.count) }
                (pending, used) = ([], 0)
            }
            for copy in copies {
                guard let target = copy.bytes.baseAddress else { continue }
                var done = 0
                while done < copy.bytes.count {
                    if used == Self.slotBytes { collect() }
                    let count = min(copy.bytes.count - done, Self.slotBytes - used)
                    let address = copy.memory.deviceAddress + UInt64(copy.start + done)
                    context.check(
                        context.tables.driver.copy_down(memory + used, address, count, context.stream),
                        "copying \(count) bytes down")
                    pending.append((memory + used, target + done, count))
                    used = min(Self.slotBytes, used + (count + 63) / 64 * 64)
                    done += count
                }
            }
            collect()
        }
    }

    /// Goes on to the next slot, once the copies from it are done.
    private func turn(_ slots: inout (list: [Slot], current: Int)) {
        let driver = context.tables.driver
        context.check(driver.event_record(slots.list[slots.current].event, context.stream), "recording an event")
        slots.current = (slots.current + 1) % slots.list.count
        if slots.list[slots.current].used > 0 {
            context.check(driver.event_wait(slots.list[slots.current].event), "waiting for a copy")
        }
        slots.list[slots.current].used = 0
    }
}
