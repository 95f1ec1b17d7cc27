internal import CDeviceDriver
internal import DeviceSeam
internal import Synchronization

/// Blocks of pinned memory for copies that go on beside the work, kept for the next one of their size.
final class StagePool: Sendable {
    private struct State {
        /// Those that nobody has; copies may still be under way.
        var blocks: [PinnedMemory] = []
        var allocations = 0
    }

    /// Sizes are multiples of this, so that pieces of about the same size share blocks.
    private static let grain = 256 << 10

    private let context: DeviceContext
    private let state = Mutex(State())

    init(_ context: DeviceContext) { self.context = context }

    /// How often the system was asked for memory.
    var allocations: Int { state.withLock { $0.allocations } }

    /// Begins to copy bytes down, once all that the device was told so far is done.
    func fetch(_ memory: DeviceMemory, from start: Int, byteCount: Int) -> StagedCopy {
        StagedCopy(context, memory, from: start, byteCount: byteCount, take(byteCount), self)
    }

    /// - Returns: nil of a device that has failed.
    private func take(_ byteCount: Int) -> PinnedMemory? {
        let size = max(1, (byteCount + Self.grain - 1) / Self.grain) * Self.grain
        return state.withLock { state in
            let fitting = state.blocks.indices.filter {
                state.blocks[$0].byteCount == size && state.blocks[$0].isFree
            }
            if let first = fitting.first { return state.blocks.remove(at: first) }
            guard !context.hasFailed else { return nil }
            state.allocations += 1
            return PinnedMemory.more(context, byteCount: size)
        }
    }

    func giveBack(_ block: PinnedMemory) { state.withLock { $0.blocks.append(block) } }
}

/// Bytes on their way to the host and back on streams of their own, while the device works on:
///
///     work ──┬── event ──────────────… more work …──────────── waits ── what needs the result
///     down   └── waits ── copy ── event                          │
///     host               asks … here, sums over ranks, back      │
///     up                                         copy ── event ──┘
final class StagedCopy: HostStage {
    private let context: DeviceContext
    /// Held until the copies are done: the stream of work waits for them before it may give the bytes to others.
    private let memory: DeviceMemory
    private let start: UInt64
    private let byteCount: Int
    /// Where the bytes go; of a device that has failed nil, and then they are memory of the host that nobody copies to.
    private let block: PinnedMemory?
    private let address: UnsafeMutableRawPointer
    private let pool: StagePool
    private var isBack = false

    init(
        _ context: DeviceContext, _ memory: DeviceMemory, from start: Int, byteCount: Int, _ block: PinnedMemory?,
        _ pool: StagePool
    ) {
        (self.context, self.memory, self.byteCount, self.block, self.pool) = (context, memory, byteCount, block, pool)
        self.start = memory.deviceAddress + UInt64(start)
        address = block?.address ?? .allocate(byteCount: max(1, byteCount), alignment: 64)
        guard let block else { return }
        let down = context.sideStreams.down
        context.enter()
        block.mark(on: context.stream)
        block.hold(down)
        if byteCount > 0 {
            context.check(
                context.tables.driver.copy_down(block.address, self.start, byteCount, down),
                "copying \(byteCount) bytes down")
        }
        block.mark(on: down)
    }

    /// A copy that was not brought back may still be under way: work that comes later must not change what it reads.
    deinit {
        guard let block else { return address.deallocate() }
        context.enter()
        if !isBack { block.hold(context.stream) }
        pool.giveBack(block)
    }

    var bytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: address, count: byteCount)
    }

    var isHere: Bool { block?.isFree ?? true }

    func bringBack() {
        guard let block else { return }
        context.enter()
        let up = context.sideStreams.up
        if byteCount > 0 {
            context.check(
                context.tables.driver.copy_up(start, address, byteCount, up), "copying \(byteCount) bytes up")
        }
        block.mark(on: up)
        block.hold(context.stream)
        isBack = true
    }
}
