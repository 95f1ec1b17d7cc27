import TensorEngine

/// Looks for layers that a network holds and does not name among its children: they would be computed with, and neither
/// trained nor saved.
///
/// It reads stored properties, also of values, lists and optionals in them; what closures hold it does not see.
public struct ModuleCensus {
    /// Where forgotten parameters and statistics lie, in the words of properties: `head.extra.weight`.
    public private(set) var forgotten: [String] = []
    private var parameters: Set<ObjectIdentifier>
    private var modules: Set<ObjectIdentifier> = []
    private var seen: Set<ObjectIdentifier> = []

    public init(of network: some Module) {
        parameters = Set(network.namedParameters.map { ObjectIdentifier($0.parameter) })
        know(network)
        look(at: network, "")
    }

    /// - Throws: where something was forgotten.
    public static func check(_ network: some Module) throws(ForgottenLayers) {
        let forgotten = ModuleCensus(of: network).forgotten
        guard forgotten.isEmpty else { throw ForgottenLayers(network: "\(type(of: network))", paths: forgotten) }
    }

    private mutating func know(_ module: any Module) {
        modules.insert(ObjectIdentifier(module))
        for (_, child) in module.children { know(child) }
    }

    private mutating func look(at value: Any, _ path: String) {
        if value is Tensor { return }
        if let parameter = value as? Parameter {
            if parameters.insert(ObjectIdentifier(parameter)).inserted { forgotten.append(path) }
            return
        }
        if type(of: value) is AnyClass {
            guard seen.insert(ObjectIdentifier(value as AnyObject)).inserted else { return }
        }
        if let module = value as? any Module, modules.insert(ObjectIdentifier(module)).inserted {
            // What it holds besides parameters, which are found one by one.
            forgotten += module.buffers.map { "\(path).\($0.name)" }
        }
        var mirror: Mirror? = Mirror(reflecting: value)
        while let part = mirror {
            for (place, child) in part.children.enumerated() {
                // An optional's only child is its value.
                let name = part.displayStyle == .optional ? "" : child.label ?? "\(place)"
                look(at: child.value, [path, name].filter { !$0.isEmpty }.joined(separator: "."))
            }
            mirror = part.superclassMirror
        }
    }
}

/// A network that holds layers which it does not name: it was written wrongly.
public struct ForgottenLayers: Error, CustomStringConvertible {
    let network: String
    let paths: [String]

    public var description: String {
        let more = paths.count > 3 ? " and \(paths.count - 3) more" : ""
        return
            "the network \(network) holds layers that are not among its children and would be neither trained nor saved: "
            + "\(paths.prefix(3).joined(separator: ", "))\(more); name each in `children`, or in `parameters` or `buffers` "
            + "of its module"
    }
}
