/// What kernels are compiled for.
package struct KernelTarget: Sendable, Hashable, CustomStringConvertible {
    /// Ten times the major and once the minor number of the capability: 90.
    package let capability: Int
    /// Whether a driver compiles it once more, for cards that did not exist yet.
    package let isPortable: Bool

    package init(capability: Int, isPortable: Bool = false) {
        (self.capability, self.isPortable) = (capability, isPortable)
    }

    /// - Parameter name: `sm_90`, for cards of this kind, or `compute_90`, for this kind and all later ones.
    package init?(name: String) {
        let isPortable = name.hasPrefix("compute_")
        guard isPortable || name.hasPrefix("sm_"), let number = name.split(separator: "_").last.flatMap({ Int($0) }),
            (10...999).contains(number)
        else { return nil }
        self.init(capability: number, isPortable: isPortable)
        guard description == name else { return nil }
    }

    package var description: String { (isPortable ? "compute_" : "sm_") + "\(capability)" }

    /// What a card of a capability can run, the best first: what is made for it, for an older one of its generation, or
    /// what its driver compiles once more.
    static func usable(on capability: Int) -> [KernelTarget] {
        let generation = capability / 10 * 10
        return (generation...max(generation, capability)).reversed().map { KernelTarget(capability: $0) }
            + (50...max(50, capability)).reversed().map { KernelTarget(capability: $0, isPortable: true) }
    }
}
