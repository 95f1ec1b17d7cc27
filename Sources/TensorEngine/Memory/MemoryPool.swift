internal import Glibc
internal import Synchronization

/// Keeps freed blocks for the next tensor of about the same size, so that a steady training step asks the system for
/// nothing.
///
/// Sizes are rounded up to an eighth of a power of two (at most 12.5 % waste). Blocks are aligned to 64 bytes, blocks
/// of 2 MiB and more to huge pages. Safe to use from several threads.
public final class MemoryPool: Sendable {
    /// Counters of a pool, in bytes and blocks.
    public struct Statistics: Sendable, Equatable {
        /// Bytes in live tensors now.
        public var bytesInUse = 0
        /// The largest `bytesInUse` since the last `resetPeak()`.
        public var peakBytesInUse = 0
        /// Bytes taken from the system and not given back.
        public var bytesReserved = 0
        /// How often the pool asked the system for a block.
        public var systemAllocations = 0
    }

    private struct State: ~Copyable {
        var free: [Int: [UnsafeMutableRawPointer]] = [:]
        var statistics = Statistics()
    }

    private let state = Mutex(State())

    public init() {}

    deinit { releaseCached() }

    public var statistics: Statistics { state.withLock { $0.statistics } }

    /// Starts a new peak measurement at the present use.
    public func resetPeak() {
        state.withLock { $0.statistics.peakBytesInUse = $0.statistics.bytesInUse }
    }

    /// Gives every unused block back to the system.
    public func releaseCached() {
        state.withLock { state in
            for (size, blocks) in state.free {
                for block in blocks { Glibc.free(block) }
                state.statistics.bytesReserved -= size * blocks.count
            }
            state.free.removeAll()
        }
    }

    /// The block size that serves a request: the next eighth of a power of two, at least 64 bytes.
    package static func blockSize(for byteCount: Int) -> Int {
        let least = max(byteCount, 64)
        let step = max(64, 1 << max(0, Int.bitWidth - 1 - least.leadingZeroBitCount - 3))
        return (least + step - 1) / step * step
    }

    package func allocate(blockSize: Int) -> UnsafeMutableRawPointer {
        state.withLock { state in
            state.statistics.bytesInUse += blockSize
            state.statistics.peakBytesInUse = max(state.statistics.peakBytesInUse, state.statistics.bytesInUse)
            if let block = state.free[blockSize]?.popLast() { return UncheckedPointer(block) }
            state.statistics.bytesReserved += blockSize
            state.statistics.systemAllocations += 1
            return UncheckedPointer(Self.systemBlock(blockSize))
        }.pointer
    }

    package func release(_ block: UnsafeMutableRawPointer, blockSize: Int) {
        let block = UncheckedPointer(block)
        state.withLock { state in
            state.statistics.bytesInUse -= blockSize
            state.free[blockSize, default: []].append(block.pointer)
        }
    }

    private static let hugePage = 2 << 20

    private static func systemBlock(_ size: Int) -> UnsafeMutableRawPointer {
        let isHuge = size >= hugePage
        let alignment = isHuge ? hugePage : 64
        guard let block = aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment) else {
            fatalError("MemoryPool: the system refused \(size) bytes; use a smaller crop, batch or model")
        }
        if isHuge { madvise(block, size, MADV_HUGEPAGE) }
        return block
    }
}

/// Carries a block out of the lock's closure; the block belongs to one caller at a time.
private struct UncheckedPointer: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer

    init(_ pointer: UnsafeMutableRawPointer) { self.pointer = pointer }
}
