import Randomness
import TensorEngine

/// The place of a module in its network, and the source of its first weights.
///
/// Every weight is drawn from a stream named by its own path, so the values depend neither on the order in which
/// modules are made nor on which others exist.
///
///     let root = ModuleScope(seed: 1)
///     let norm = LayerNorm(64, in: root.child("norm1"))     // parameters norm1.weight and norm1.bias
public struct ModuleScope: Sendable {
    /// Dotted path from the root of the network; empty for the root.
    public let path: String
    private let seed: UInt64?

    /// The root of a network.
    ///
    /// - Parameter seed: of the first weights; `nil` leaves all random weights at zero, for networks that are going to
    ///   be loaded or copied anyway.
    public init(seed: UInt64?) {
        self.init(path: "", seed: seed)
    }

    private init(path: String, seed: UInt64?) {
        self.path = path
        self.seed = seed
    }

    /// The place of a child.
    public func child(_ name: String) -> ModuleScope {
        ModuleScope(path: path.isEmpty ? name : "\(path).\(name)", seed: seed)
    }

    /// A new parameter.
    ///
    /// - Parameters:
    ///   - name: last part of its path.
    ///   - initialization: the rule its first values follow.
    public func parameter(_ name: String, shape: [Int], _ initialization: Initialization) -> Parameter {
        guard let seed, initialization.isRandom else {
            return Parameter(Tensor(repeating: initialization.constant, shape: shape))
        }
        let stream = RandomStream(seed: seed, .weights(ofParameter: child(name).path))
        return Parameter(Tensor(initialization.values(shape.reduce(1, *), from: stream), shape: shape))
    }
}
