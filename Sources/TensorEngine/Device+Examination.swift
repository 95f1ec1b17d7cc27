internal import CPUBackend
internal import DeviceBackend
package import DeviceSeam

/// A device that is opened beside the engine's, to be examined.
package struct DeviceToExamine {
    package let name: String
    /// As the driver names it.
    package let description: String
    package let memoryBytes: Int
    package let backend: any Backend
    /// The same with products by kernels of ours; `nil` where they are ours anyway.
    package let withOwnProducts: (any Backend)?
    /// What it must equal.
    package let reference: any Backend
}

extension Device {
    /// Opens the device, and the CPU to compare it with, whatever the engine computes on.
    ///
    /// - Returns: nil for the CPU.
    /// - Throws: where it cannot be used, with the reason.
    package func toExamine() throws -> DeviceToExamine? {
        guard let backend = try open(rank: 0) else { return nil }
        return DeviceToExamine(
            name: name, description: backend.context.name, memoryBytes: backend.context.memoryBytes, backend: backend,
            withOwnProducts: backend.context.hasProductLibrary ? try open(rank: 0, usesProductLibrary: false) : nil,
            reference: CPUBackend(threads: ThreadPool(threadCount: Engine.threadCount)))
    }
}
