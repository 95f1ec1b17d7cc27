internal import CPUBackend
internal import DeviceBackend
package import DeviceSeam

/// A device that is opened beside the engine's, to be examined.
package struct DeviceToExamine {
    package let name: String
    /// As the driver names it.
    package let description: String
    /// Whether it is the host's, also where it answers in the place of a card.
    package let isStandIn: Bool
    package let memoryBytes: Int
    /// Of CUDA, that its driver knows.
    package let driverVersion: String
    /// Where its kernels come from.
    package let kernelOrigin: String
    /// What adds up with other cards, such as `NCCL 2.21.5`, or that there is none.
    package let sums: String
    package let backend: any Backend
    /// The same with products by kernels of ours; `nil` where they are ours anyway.
    package let withOwnProducts: (any Backend)?
    /// The same two with operands of products that are rounded; nil where they are not.
    package let rounded: (precision: Precision, backend: any Backend, withOwnProducts: (any Backend)?)?
    /// What it must equal.
    package let reference: any Backend
    /// What went wrong on it first; nil where nothing has.
    package let failure: () -> String?
}

extension Device {
    /// Opens the device, and the CPU to compare it with, whatever the engine computes on.
    ///
    /// - Parameter precision: to be examined beside `fp32`.
    /// - Returns: nil where no device is named.
    /// - Throws: where it cannot be used, or not in this precision, with the reason.
    package func toExamine(in precision: Precision = .fp32) throws -> DeviceToExamine? {
        let kind: DeviceKind
        switch self {
        case .auto, .cpu: return nil
        case .standIn: kind = .standIn
        case .card(let index): kind = .card(index ?? 0)
        }
        do {
            let backend = try DeviceBackend(kind)
            let own = backend.context.hasProductLibrary ? try DeviceBackend(kind, usesProductLibrary: false) : nil
            let rounded = try precision == .fp32 ? nil : DeviceBackend(kind, precision: precision)
            let ownRounded = try rounded == nil || own == nil
                ? nil : DeviceBackend(kind, usesProductLibrary: false, precision: precision)
            let all = [backend, own, rounded, ownRounded].compactMap(\.self)
            return DeviceToExamine(
                name: name, description: backend.context.name, isStandIn: backend.context.isStandIn,
                memoryBytes: backend.context.memoryBytes, driverVersion: backend.context.driverVersion,
                kernelOrigin: backend.context.kernelOrigin,
                sums: (try? LinkLibrary(standIn: backend.context.isStandIn)).map { "NCCL \($0.version)" } ?? "no NCCL",
                backend: backend, withOwnProducts: own,
                rounded: rounded.map { (precision, $0, ownRounded) },
                reference: CPUBackend(threads: ThreadPool(threadCount: Engine.threadCount)),
                failure: { all.lazy.compactMap(\.context.fault).first?.description })
        } catch let error as DeviceError {
            throw UnusableDevice.examining(self, UnusableDevice(error.description))
        }
    }
}
