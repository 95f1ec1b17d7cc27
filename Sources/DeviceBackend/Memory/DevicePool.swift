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
        var small: [Int: FreeBlocks] = [:]
        var base: UInt64 = 0
        var reservedBytes = 0
        var statistics = MemoryStatistics()
        /// What the bytes in use are for.
        var bytesByUse = [MemoryUse: Int]()
        /// Why the driver gave no more the last time it was asked, where that was not for want of memory.
        var refusal: (code: Int32, action: String)?
    }

    /// Blocks from this size are cut with the best fit; smaller ones are kept by size.
    private static let leastBestFit = 64 << 10
    private static let alignment = 512
    /// Bytes behind each block that nobody may touch, where somebody looks.
    private static let guardBytes = cdk_standin_has_guards() ? 256 : 0
    /// Memory is taken in pieces of this, and where there is not so much left, of what the driver gives at least.
    private static let growth = 32 << 20
    private static let granularity = 2 << 20

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

    /// A block; one without memory where there is none left, or the device has failed: nothing is done any more then.
    func allocate(byteCount: Int, for use: MemoryUse) -> DeviceMemory {
        let size = Self.blockSize(for: byteCount)
        var fault: DeviceFailure?
        var refusal: (code: Int32, action: String)?
        let address: UInt64? = context.hasFailed ? nil : state.withLock { state in
            guard let start = take(size, &state) else {
                (fault, refusal) = (shortage(of: size, state), state.refusal)
                return nil
            }
            state.statistics.bytesInUse += size
            state.statistics.peakBytesInUse = max(state.statistics.peakBytesInUse, state.statistics.bytesInUse)
            state.bytesByUse[use, default: 0] += size
            return state.base + UInt64(start)
        }
        if let refusal { context.check(refusal.code, refusal.action) }
        if let fault { context.fail(fault) }
        guard let address, let pointer = UnsafeMutableRawPointer(bitPattern: UInt(address)) else {
            return DeviceMemory(address: Self.noMemory) { _ in }
        }
        if context.poisons { guarded(address, size, used: byteCount) }
        return DeviceMemory(address: pointer) { self.release(UInt64(UInt(bitPattern: $0)), size: size, use) }
    }

    /// Where somebody looks at every access, ends a block where its array ends.
    private func guarded(_ address: UInt64, _ size: Int, used: Int) {
        guard Self.guardBytes > 0, !context.hasFailed else { return }
        cdk_standin_guard(context.stream, address, size, used)
    }

    /// The address of blocks without memory, which nothing is ever done with.
    nonisolated(unsafe) private static let noMemory = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)

    private func release(_ address: UInt64, size: Int, _ use: MemoryUse) {
        if context.poisons {
            guarded(address, size, used: size)
            context.submit(signature: [3, address, UInt64(size)], "overwriting \(size) bytes") {
                $0.driver.fill_bytes(address, 0xFF, size, $1)
            }
            guarded(address, size, used: 0)
        }
        state.withLock { state in
            state.statistics.bytesInUse -= size
            state.bytesByUse[use, default: 0] -= size
            let start = Int(address - state.base)
            if size >= Self.leastBestFit {
                state.ranges.release(start: start, size: size)
            } else {
                state.small[size, default: FreeBlocks()].add(start)
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

    /// - Returns: where the block starts; nil where there is no memory for it.
    private func take(_ size: Int, _ state: inout State) -> Int? {
        if size < Self.leastBestFit, let start = state.small[size]?.takeLowest() { return start }
        if let start = state.ranges.takeHole(size: size) { return start }
        let end = state.ranges.end + size
        if end > state.statistics.bytesReserved, !grow(to: end, &state) { return nil }
        return state.ranges.takeEnd(size: size)
    }

    /// Maps more memory to the end of what there is.
    ///
    /// - Returns: whether the driver gave it.
    private func grow(to end: Int, _ state: inout State) -> Bool {
        context.enter()
        state.refusal = nil
        guard reserve(&state) else { return false }
        return [Self.growth, Self.granularity].contains { piece in
            map((end - state.statistics.bytesReserved + piece - 1) / piece * piece, &state)
        }
    }

    private func map(_ bytes: Int, _ state: inout State) -> Bool {
        let driver = context.tables.driver
        let reserved = state.statistics.bytesReserved
        guard reserved + bytes <= state.reservedBytes else { return false }
        var properties = cdd_memory_properties()
        (properties.type, properties.location_type) = (1, 1)
        properties.location_id = ordinal
        var handle: cdd_memory_handle = 0
        let taking = "taking \(Self.text(bytes)) of memory"
        guard isGiven(driver.memory_create(&handle, bytes, &properties, 0), taking, &state) else { return false }
        let address = state.base + UInt64(reserved)
        guard isGiven(driver.memory_map(address, bytes, 0, handle, 0), taking, &state) else {
            _ = driver.memory_release(handle)
            return false
        }
        var access = cdd_memory_access(location_type: 1, location_id: ordinal, access: 3)
        let isOpen = isGiven(driver.memory_access(address, bytes, &access, 1), taking, &state)
        // The mapping keeps the memory alive.
        _ = driver.memory_release(handle)
        guard isOpen else {
            _ = driver.memory_unmap(address, bytes)
            return false
        }
        state.statistics.bytesReserved += bytes
        state.statistics.systemAllocations += 1
        return true
    }

    private func reserve(_ state: inout State) -> Bool {
        guard state.reservedBytes == 0 else { return true }
        let bytes = (context.memoryBytes + Self.growth - 1) / Self.growth * Self.growth
        let code = context.tables.driver.address_reserve(&state.base, bytes, 2 << 20, 0, 0)
        guard code == 0 else {
            // Addresses are the process's: their want is none of memory.
            state.refusal = (code, "reserving addresses for \(Self.text(bytes)) (is there a limit, as of ulimit -v?)")
            return false
        }
        state.reservedBytes = bytes
        return true
    }

    /// Work that failed before is told by whatever call comes next, also by those for memory.
    private func isGiven(_ code: Int32, _ action: String, _ state: inout State) -> Bool {
        if code != 0, code != Int32(CDD_OUT_OF_MEMORY) { state.refusal = (code, action) }
        return code == 0
    }

    private var ordinal: Int32 {
        if case .card(let index) = context.kind { Int32(index) } else { 0 }
    }
}

/// What memory is taken for, for messages.
enum MemoryUse: CaseIterable, Hashable {
    /// Tensors from outside of a step of training.
    case lasting
    case step
    /// What an operation needs while it runs.
    case scratch

    fileprivate var text: String {
        switch self {
        case .lasting: "by what outlives a step, such as weights and their averages"
        case .step: "by a step's activations and gradients"
        case .scratch: "by operations at work"
        }
    }
}

extension DevicePool {
    /// The sizes that somebody needs who is to make them smaller.
    private func shortage(of size: Int, _ state: State) -> DeviceFailure {
        let statistics = state.statistics
        let uses = MemoryUse.allCases.compactMap { use -> String? in
            guard let bytes = state.bytesByUse[use], bytes > 0 else { return nil }
            return "\(Self.text(bytes)) \(use.text)"
        }
        var (free, total) = (0, 0)
        let knowsFree = context.tables.driver.memory_info(&free, &total) == 0
        return DeviceFailure(
            "the memory of the device \(context.name) is exhausted: \(Self.text(size)) more were asked for, and "
                + "\(Self.text(statistics.bytesInUse)) of its \(Self.text(context.memoryBytes)) are in use (at most "
                + "\(Self.text(statistics.peakBytesInUse)) so far, \(Self.text(statistics.bytesReserved)) are mapped"
                + (knowsFree ? ", \(Self.text(free)) are free for everybody)" : ")")
                + (uses.isEmpty ? "" : ": " + uses.joined(separator: ", ")), isShortage: true)
    }

    private static func text(_ bytes: Int) -> String {
        bytes < 1 << 20 ? "\(bytes) bytes" : "\((bytes + (1 << 19)) >> 20) MiB"
    }
}
