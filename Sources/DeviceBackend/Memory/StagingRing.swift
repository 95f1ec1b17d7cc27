internal import CDeviceDriver
internal import DeviceSeam
internal import Synchronization

/// Memory of the host that copies to and from the device pass through. An upload's bytes are copied into it and the
/// caller goes on; the place is used again when the copy is done. While copies wait for the device, the ring grows: the
/// host stands still only where it holds as much as a ring may.
final class StagingRing: Sendable {
    private struct Slot {
        let memory: PinnedMemory
        var used = 0
    }

    private struct State {
        /// For uploads, one after the other.
        var slots: [Slot]
        var current = 0
        /// For downloads, which are done when their call returns.
        var down: PinnedMemory
        var allocations = 0
    }

    private static let slotBytes = 4 << 20
    private static let leastSlots = 4
    private static let mostSlots = 64
    /// More is brought down in several pieces, and waited for as often.
    private static let mostDownBytes = 64 << 20

    private let context: DeviceContext
    private let state: Mutex<State>

    init(_ context: DeviceContext) throws {
        self.context = context
        let slots = try (0..<Self.leastSlots).map { _ in
            Slot(memory: try PinnedMemory(context, byteCount: Self.slotBytes))
        }
        let down = try PinnedMemory(context, byteCount: Self.slotBytes)
        state = Mutex(State(slots: slots, down: down))
    }

    deinit { context.wait() }

    /// How often the system was asked for memory since the start.
    var allocations: Int { state.withLock { $0.allocations } }

    /// Queues a copy of host bytes, which may change as soon as the call returns.
    func upload(_ bytes: UnsafeRawBufferPointer, to address: UInt64) {
        guard let source = bytes.baseAddress else { return }
        context.enter()
        state.withLock { state in
            var done = 0
            while done < bytes.count {
                if Self.slotBytes - state.slots[state.current].used < min(bytes.count - done, 256) { turn(&state) }
                let index = state.current
                let place = state.slots[index].memory.address + state.slots[index].used
                let count = min(bytes.count - done, Self.slotBytes - state.slots[index].used)
                place.copyMemory(from: source + done, byteCount: count)
                context.check(
                    context.tables.driver.copy_up(address + UInt64(done), place, count, context.stream),
                    "copying \(count) bytes up")
                state.slots[index].used += (count + 63) / 64 * 64
                done += count
            }
        }
    }

    /// Copies bytes down, and waits for them and everything before: once, unless they are more than may be held.
    func download(_ copies: [HostCopy]) {
        context.enter()
        state.withLock { state in
            reserve(copies.reduce(0) { $0 + ($1.bytes.count + 63) / 64 * 64 }, &state)
            let memory = state.down.address
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
                    if used == state.down.byteCount { collect() }
                    let count = min(copy.bytes.count - done, state.down.byteCount - used)
                    let address = copy.memory.deviceAddress + UInt64(copy.start + done)
                    context.check(
                        context.tables.driver.copy_down(memory + used, address, count, context.stream),
                        "copying \(count) bytes down")
                    pending.append((memory + used, target + done, count))
                    used = min(state.down.byteCount, used + (count + 63) / 64 * 64)
                    done += count
                }
            }
            collect()
        }
    }

    /// Sees to it that a download of so many bytes needs one wait, if it may.
    private func reserve(_ byteCount: Int, _ state: inout State) {
        let wanted = min(byteCount, Self.mostDownBytes)
        guard wanted > state.down.byteCount else { return }
        var size = state.down.byteCount
        while size < wanted { size *= 2 }
        guard let memory = PinnedMemory.more(context, byteCount: size) else { return }
        state.down = memory
        state.allocations += 1
    }

    /// Goes on to a slot from which no copy is under way: the next, or a new one before it.
    private func turn(_ state: inout State) {
        state.slots[state.current].memory.mark(on: context.stream)
        let next = (state.current + 1) % state.slots.count
        if state.slots[next].memory.isFree {
            state.current = next
        } else if state.slots.count < Self.mostSlots, let memory = PinnedMemory.more(context, byteCount: Self.slotBytes) {
            state.current += 1
            state.slots.insert(Slot(memory: memory), at: state.current)
            state.allocations += 1
        } else {
            state.slots[next].memory.wait()
            state.current = next
        }
        state.slots[state.current].used = 0
    }
}
