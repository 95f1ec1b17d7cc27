internal import Basics
package import DeviceSeam
internal import Glibc
internal import Synchronization

/// Keeps freed blocks for the next tensors, so that a steady training step asks the system for nothing.
///
/// Large blocks are cut from one `Arena`, so that what one size frees serves every other. Small ones are kept by size,
/// rounded up to an eighth of a power of two. Every block is aligned to 64 bytes. Safe to use from several threads.
package final class MemoryPool: Sendable {
    private struct State: ~Copyable {
        var small: [Int: [UnsafeMutableRawPointer]] = [:]
        var arena = Arena()
        var statistics = MemoryStatistics()
    }

    private let state = Mutex(State())

    package init() {}

    deinit {
        state.withLock { state in
            for block in state.small.values.joined() { free(block) }
            state.small.removeAll()
            state.arena.unmap()
        }
    }

    package var statistics: MemoryStatistics { state.withLock { $0.statistics } }

    /// Starts a new peak measurement at the present use.
    package func resetPeak() {
        state.withLock { $0.statistics.peakBytesInUse = $0.statistics.bytesInUse }
    }

    /// Blocks from this size are cut from the arena.
    private static let leastArenaBytes = 128 << 10

    /// The size of the block that serves a request.
    package static func blockSize(for byteCount: Int) -> Int {
        let least = max(byteCount, 64)
        // Tensors of one shape would all start at the same offset in a page, and loads would wait for stores to the
        // same offset of another page ("4K aliasing"); an odd number of cache lines in between spreads them.
        if least >= leastArenaBytes { return (least + 63) / 64 * 64 + 320 }
        let step = max(64, 1 << max(0, Int.bitWidth - 1 - least.leadingZeroBitCount - 3))
        return (least + step - 1) / step * step
    }

    package func allocate(blockSize: Int) -> UnsafeMutableRawPointer {
        state.withLock { state in
            state.statistics.bytesInUse += blockSize
            state.statistics.peakBytesInUse = max(state.statistics.peakBytesInUse, state.statistics.bytesInUse)
            return UncheckedPointer(Self.take(blockSize, &state))
        }.pointer
    }

    package func release(_ block: UnsafeMutableRawPointer, blockSize: Int) {
        let block = UncheckedPointer(block)
        state.withLock { state in
            state.statistics.bytesInUse -= blockSize
            if blockSize >= Self.leastArenaBytes {
                guard state.arena.contains(block.pointer) else { return free(block.pointer) }
                state.arena.release(block.pointer, size: blockSize)
            } else {
                state.small[blockSize, default: []].append(block.pointer)
            }
        }
    }

    private static func take(_ size: Int, _ state: inout State) -> UnsafeMutableRawPointer {
        if size >= leastArenaBytes {
            let before = state.arena.committedBytes
            guard let block = state.arena.allocate(size: size) else { return takeOutside(size, &state) }
            let growth = state.arena.committedBytes - before
            state.statistics.bytesReserved += growth
            if growth > 0 { state.statistics.systemAllocations += 1 }
            return block
        }
        if let block = state.small[size]?.popLast() { return block }
        guard let block = aligned_alloc(64, size) else { refuse(size) }
        state.statistics.bytesReserved += size
        state.statistics.systemAllocations += 1
        return block
    }

    /// Where addresses are limited the arena has but a part of them; what it has no room for goes back when it is free.
    private static func takeOutside(_ size: Int, _ state: inout State) -> UnsafeMutableRawPointer {
        guard let block = aligned_alloc(64, (size + 63) / 64 * 64) else { refuse(size) }
        state.statistics.systemAllocations += 1
        return block
    }

    private static func refuse(_ size: Int) -> Never { MemoryShortage.end(refused: size, for: "tensors") }
}

/// Carries a block out of the lock's closure; the block belongs to one caller at a time.
private struct UncheckedPointer: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer

    init(_ pointer: UnsafeMutableRawPointer) { self.pointer = pointer }
}
