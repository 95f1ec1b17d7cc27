internal import CDeviceDriver
internal import CDeviceKernels
internal import DeviceSeam
internal import Synchronization

/// The memory of a device: one range of addresses that is reserved once, memory that is mapped to it as the end of what
/// is in use moves up, and blocks that are cut from it.
///
/// A freed block is good for the next call at once: all work is done in the order it was told, so whoever gets the
/// block writes to it after everybody who had it.
final class DevicePool: Sendable {
    private struct State {
        var ranges = FreeRanges()
        /// Freed small blocks by size.
        var small: [Int: [Int]] = [:]
        var base: UInt64 = 0
        var reservedBytes = 0
        var statistics = MemoryStatistics()
    }

    /// Blocks from this size are cut with the best fit; smaller ones are kept by size.
    private static let leastBestFit = 64 << 10
    private static let alignment = 512
    /// Bytes behind each block that nobody may touch, where somebody looks.
    private static let guardBytes = cdk_standin_has_guards() ? 256 : 0
    /// Memory is taken in pieces of this.
    private static let growth = 32 << 20

    private let context: DeviceContext
    private let state = Mutex(State())

    init(_ context: DeviceContext) { self.context = context }

    deinit {
        state.withLock { state in
            guard state.reservedBytes > 0 else { return }
            context.wait()
            let driver = context.tables.driver
            if state.statistics.bytesReserved > 0 {
                _ = driver.memory_unmap(state.base, state.statistics.bytesReserved)
            }
            _ = driver.address_free(state.base, state.reservedBytes)
        }
    }

    var statistics: MemoryStatistics { state.withLock { $0.statistics } }
    func resetPeak() { state.withLock { $0.statistics.peakBytesInUse = $0.statistics.bytesInUse } }

    func allocate(byteCount: Int) -> DeviceMemory {
        let size = Self.blockSize(for: byteCount)
        let address = state.withLock { state in
            state.statistics.bytesInUse += size
            state.statistics.peakBytesInUse = max(state.statistics.peakBytesInUse, state.statistics.bytesInUse)
            let start = take(size, &state)
            return state.base + UInt64(start)
        }
        if context.poisons { cdk_standin_guard(context.stream, address, size, byteCount) }
        guard let pointer = UnsafeMutableRawPointer(bitPattern: UInt(address)) else {
            preconditionFailure("device: a block without an address")
        }
        return DeviceMemory(address: pointer) { self.release(UInt64(UInt(bitPattern: $0)), size: size) }
    }

    private func release(_ address: UInt64, size: Int) {
        if context.poisons {
            context.enter()
            cdk_standin_guard(context.stream, address, size, size)
            _ = context.tables.driver.fill_bytes(address, 0xFF, size, context.stream)
            cdk_standin_guard(context.stream, address, size, 0)
        }
        state.withLock { state in
            state.statistics.bytesInUse -= size
            let start = Int(address - state.base)
            if size >= Self.leastBestFit {
                state.ranges.release(start: start, size: size)
            } else {
                state.small[size, default: []].append(start)
            }
        }
    }

    static func blockSize(for byteCount: Int) -> Int {
        let least = max(byteCount, 1) + guardBytes
        let step =
            least >= leastBestFit
            ? alignment : max(alignment, 1 << max(0, Int.bitWidth - 1 - least.leadingZeroBitCount - 3))
        return (least + step - 1) / step * step
    }

    private func take(_ size: Int, _ state: inout State) -> Int {
        if size < Self.leastBestFit, let start = state.small[size]?.popLast() { return start }
        if let start = state.ranges.takeHole(size: size) { return start }
        let end = state.ranges.end + size
        if end > state.statistics.bytesReserved { grow(to: end, for: size, &state) }
        return state.ranges.takeEnd(size: size)
    }

    /// Maps more memory to the end of what there is.
    private func grow(to end: Int, for size: Int, _ state: inout State) {
        context.enter()
        reserve(&state)
        let driver = context.tables.driver
        let reserved = state.statistics.bytesReserved
        let bytes = (end - reserved + Self.growth - 1) / Self.growth * Self.growth
        guard reserved + bytes <= state.reservedBytes else { refuse(size, state) }
        var properties = cdd_memory_properties()
        (properties.type, properties.location_type) = (1, 1)
        properties.location_id = ordinal
        var handle: cdd_memory_handle = 0
        guard driver.memory_create(&handle, bytes, &properties, 0) == 0 else { refuse(size, state) }
        let address = state.base + UInt64(reserved)
        context.check(driver.memory_map(address, bytes, 0, handle, 0), "mapping \(bytes) bytes of memory")
        var access = cdd_memory_access(location_type: 1, location_id: ordinal, access: 3)
        context.check(driver.memory_access(address, bytes, &access, 1), "opening \(bytes) bytes of memory")
        // The mapping keeps the memory alive.
        context.check(driver.memory_release(handle), "handing over \(bytes) bytes of memory")
        state.statistics.bytesReserved += bytes
        state.statistics.systemAllocations += 1
    }

    private func reserve(_ state: inout State) {
        guard state.reservedBytes == 0 else { return }
        let bytes = (context.memoryBytes + Self.growth - 1) / Self.growth * Self.growth
        context.check(
            context.tables.driver.address_reserve(&state.base, bytes, 2 << 20, 0, 0), "reserving \(bytes) addresses")
        state.reservedBytes = bytes
    }

    private var ordinal: Int32 {
        if case .card(let index) = context.kind { Int32(index) } else { 0 }
    }

    private func refuse(_ size: Int, _ state: State) -> Never {
        fatalError(
            "device \(context.name): no memory for \(size) bytes more; \(state.statistics.bytesInUse) of "
                + "\(context.memoryBytes) bytes are in use. Use a smaller batch, crop or model, or engine.recompute")
    }
}
