/// Which of a setting's learning rates moves a parameter.
public enum LearningRateRole: Sendable, Hashable, CaseIterable {
    /// What usually comes pretrained and learns slowly.
    case encoder
    /// What learns a task: decoders and heads.
    case head
    /// Never moved, as pretrained layers that are kept.
    case frozen
}

/// Which of a setting's weight decays a parameter has.
public enum WeightDecayRole: Sendable, Hashable, CaseIterable {
    case weights
    /// Normalisation layers of the encoder.
    case encoderNorms
    /// Never any: embeddings, tables of positions, the norms of decoders that say so.
    case none
}

/// Parameters that an optimiser treats alike. Networks say what their parameters are; numbers are the setting's.
public struct ParameterGroup: Sendable, Equatable {
    /// For a person, such as `encoder norms`.
    public let name: String
    public let learningRate: LearningRateRole
    public let weightDecay: WeightDecayRole
    /// Dotted paths from the module that says so.
    public let parameters: [String]

    public init(
        _ name: String, learningRate: LearningRateRole, weightDecay: WeightDecayRole = .weights, parameters: [String]
    ) {
        self.name = name
        self.learningRate = learningRate
        self.weightDecay = weightDecay
        self.parameters = parameters
    }

    /// As the module says that has this one as its child `path`.
    public func below(_ path: String) -> ParameterGroup {
        ParameterGroup(
            name, learningRate: learningRate, weightDecay: weightDecay, parameters: parameters.map { "\(path).\($0)" })
    }
}

/// A module that says how its parameters are trained: each one in exactly one group.
public protocol ParameterGrouping: Module {
    var parameterGroups: [ParameterGroup] { get }
}

/// A layer whose weights scale and shift what it has normalised; encoders spare these from weight decay.
public protocol NormalizationLayer: Module {}

extension Module {
    /// Names of the parameters that normalisation layers at or below this module own, and of all others.
    public var parameterNamesByLayer: (norms: [String], others: [String]) {
        let own = parameters.map(\.name)
        var names: (norms: [String], others: [String]) = self is any NormalizationLayer ? (own, []) : ([], own)
        for (name, child) in children {
            let inner = child.parameterNamesByLayer
            names.norms += inner.norms.map { "\(name).\($0)" }
            names.others += inner.others.map { "\(name).\($0)" }
        }
        return names
    }

    /// What most encoders say: all of it learns at the encoder's rate, norms with a decay of their own.
    public var encoderParameterGroups: [ParameterGroup] {
        let names = parameterNamesByLayer
        return [
            ParameterGroup("encoder", learningRate: .encoder, parameters: names.others),
            ParameterGroup(
                "encoder norms", learningRate: .encoder, weightDecay: .encoderNorms, parameters: names.norms),
        ]
    }

    /// What most decoders say: all of it learns and decays as a head.
    public var headParameterGroups: [ParameterGroup] {
        [ParameterGroup("head", learningRate: .head, parameters: namedParameters.map(\.name))]
    }
}

/// Groups that are not a partition of a network's parameters: the network was written wrongly, and training it would
/// leave weights behind without a word.
public struct ParameterGroupError: Error, CustomStringConvertible {
    public let description: String
}

extension [ParameterGroup] {
    /// The group of each parameter, an index into these groups.
    ///
    /// - Parameter names: of all parameters of the network.
    /// - Throws: where a parameter is in no group or in two, or a group names one that does not exist.
    public func indices(of names: [String]) throws(ParameterGroupError) -> [Int] {
        var owners: [String: Int] = [:]
        for (index, group) in enumerated() {
            for name in group.parameters {
                guard let first = owners.updateValue(index, forKey: name) else { continue }
                throw ParameterGroupError(
                    description: "the parameter '\(name)' is in two groups of its network, '\(self[first].name)' and "
                        + "'\(group.name)'; leave it in one of them (parameterGroups of its encoder or decoder)")
            }
        }
        var result: [Int] = []
        for name in names {
            guard let index = owners.removeValue(forKey: name) else {
                throw ParameterGroupError(
                    description: "the parameter '\(name)' is in no group of its network, so that no learning rate is "
                        + "known for it; add it to one (parameterGroups of its encoder or decoder)")
            }
            result.append(index)
        }
        if let stranger = owners.keys.sorted().first, let index = owners[stranger] {
            throw ParameterGroupError(
                description:
                    "the group '\(self[index].name)' names the parameter '\(stranger)', which its network does "
                    + "not have")
        }
        return result
    }
}
