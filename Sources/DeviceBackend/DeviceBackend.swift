package import DeviceSeam

/// A device with a driver and memory of its own: every call queues kernels, products and copies on its stream of work and
/// returns; only a download waits.
package struct DeviceBackend: Backend {
    package let context: DeviceContext
    let pool: DevicePool
    let ring: StagingRing
    let clock: DeviceClock
    let stages: StagePool
    /// Of the library of products, which must not take memory of its own while work is recorded.
    private let workspace: Workspace?
    let limits: ScratchLimits
    /// Of the operands of products.
    package let precision: Precision

    /// Opens a device. Takes as long as its compiler needs for the kernels.
    ///
    /// - Parameter usesProductLibrary: whether products are the vendor's where it has a library; otherwise they are
    /// ours.
    /// - Throws: `DeviceError`, with what is missing and the remedy.
    package init(
        _ kind: DeviceKind, usesProductLibrary: Bool = true, precision: Precision = .fp32,
        limits: ScratchLimits = ScratchLimits()
    ) throws {
        (self.precision, self.limits) = (precision, limits)
        context = try DeviceContext(kind, usesLibrary: usesProductLibrary)
        try Self.check(precision, on: context)
        pool = DevicePool(context)
        ring = try StagingRing(context)
        clock = DeviceClock(context)
        stages = StagePool(context)
        workspace = context.products == nil || kind == .standIn ? nil : Workspace(of: pool)
        // Nobody hears of faults before the device is open, and of one that has failed nothing is done any more.
        if let fault = context.fault {
            throw DeviceError(
                "\(fault)" + (fault.isShortage ? "; end what else uses it (nvidia-smi shows that), or take another" : ""))
        }
        if let workspace { context.products?.use(workspace.memory, byteCount: Workspace.byteCount) }
    }
}

extension DeviceBackend {
    private static func check(_ precision: Precision, on context: DeviceContext) throws {
        guard precision != .fp32, context.architecture.capability < 80 else { return }
        throw DeviceError(
            "the tensor cores of \(context.name) (\(context.architecture)) have no \(precision), which cards have from "
                + "sm_80 on; set engine.precision: fp32")
    }
}

/// `@unchecked Sendable`: nobody but the library uses it.
private final class Workspace: @unchecked Sendable {
    /// What the vendor recommends for the largest cards.
    static let byteCount = 32 << 20
    let memory: DeviceMemory

    init(of pool: DevicePool) { memory = pool.allocate(byteCount: Self.byteCount, for: .lasting) }
}

/// How much a call may hold besides its operands; what needs more is done piece by piece.
package struct ScratchLimits: Sendable {
    /// Floats of the patches of a convolution.
    package var patchFloats = 64 << 20
    /// The most outputs of a group for which there are none.
    package var implicitOutputs = 64
    /// Floats of the scores of an attention.
    package var scoreFloats = 32 << 20

    package init() {}
}

extension DeviceBackend {
    package func allocate(byteCount: Int) -> DeviceMemory {
        pool.allocate(byteCount: byteCount, for: context.isInStep ? .step : .lasting)
    }

    package func upload(_ bytes: UnsafeRawBufferPointer, to memory: DeviceMemory, from start: Int) {
        // A ring that nobody waits for would be written over while earlier copies are under way.
        if !context.hasFailed { ring.upload(bytes, to: memory.deviceAddress + UInt64(start)) }
    }

    package func download(_ memory: DeviceMemory, from start: Int, to bytes: UnsafeMutableRawBufferPointer) {
        download([HostCopy(memory, from: start, to: bytes)])
    }

    /// Of a device that has failed everything is zeros, which the host can go on with until the failure is dealt with.
    package func download(_ copies: [HostCopy]) {
        if !context.hasFailed { ring.download(copies) }
        guard context.hasFailed else { return }
        for copy in copies { _ = copy.bytes.initializeMemory(as: UInt8.self, repeating: 0) }
    }

    package func hostAddress(of memory: DeviceMemory) -> UnsafeMutableRawPointer? { nil }

    package var workClock: (any WorkClock)? { clock }

    package func stage(_ memory: DeviceMemory, from start: Int, byteCount: Int) -> (any HostStage)? {
        stages.fetch(memory, from: start, byteCount: byteCount)
    }

    package var memoryStatistics: MemoryStatistics {
        var statistics = pool.statistics
        statistics.systemAllocations += ring.allocations + stages.allocations
        statistics.hostWaits = context.waitCount
        return statistics
    }
    package func resetMemoryPeak() { pool.resetPeak() }
}

extension DeviceBackend {
    /// An array whose elements have no defined value yet.
    func scratch<Element: BitwiseCopyable>(of type: Element.Type, _ shape: [Int]) -> DeviceArray<Element> {
        let bytes = shape.reduce(1, *) * MemoryLayout<Element>.stride
        return DeviceArray(shape: shape, memory: pool.allocate(byteCount: bytes, for: .scratch))
    }

    func floats(_ shape: [Int]) -> FloatArray { scratch(of: Float.self, shape) }
    func doubles(_ shape: [Int]) -> SumArray { scratch(of: Double.self, shape) }

    /// A small list of the host on the device.
    func uploaded<Element: BitwiseCopyable>(_ values: [Element]) -> DeviceArray<Element> {
        let array = scratch(of: Element.self, [values.count])
        values.withUnsafeBytes { upload($0, to: array.memory, from: 0) }
        return array
    }

    /// Strided shares that a sum of `length` numbers is cut into: a function of the length alone, so that sums are the
    /// same to the bit whatever the device.
    static func blocks(of length: Int, most: Int = 1024) -> Int { max(1, min(most, (length + 63) / 64)) }
}
