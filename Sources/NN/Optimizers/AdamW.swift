package import Configuration
public import TensorEngine

/// AdamW over flat parameters, with learning rate and weight decay by rules on parameter names.
///
/// Loshchilov and Hutter, arXiv:1711.05101; numbers as `torch.optim.AdamW`.
public final class AdamW {
    /// Numbers that hold for every parameter. Defaults are those of `torch.optim.AdamW`.
    public struct Config: Sendable, Equatable {
        /// Decay of the gradient mean (0.9).
        public var beta1: Float = 0.9
        /// Decay of the squared gradient mean (0.999).
        public var beta2: Float = 0.999
        /// Added to the root of the squared mean (1e-8).
        public var eps: Float = 1e-8

        public init() {}
    }

    /// Learning rate and decay of the parameters whose name matches. The first rule that matches wins.
    public struct Group: Sendable, Equatable {
        /// A name must start with this.
        public var prefix: String
        /// And contain this.
        public var contains: String
        /// Before the schedule's factor.
        public var learningRate: Float
        public var weightDecay: Float

        public init(prefix: String = "", contains: String = "", learningRate: Float, weightDecay: Float) {
            self.prefix = prefix
            self.contains = contains
            self.learningRate = learningRate
            self.weightDecay = weightDecay
        }

        func matches(_ name: String) -> Bool {
            name.hasPrefix(prefix) && (contains.isEmpty || name.contains(contains))
        }
    }

    private let parameters: ParameterSet
    private let config: Config
    private let groups: [Group]
    /// Neighbouring parameters of one group, an index into `groups`.
    private let runs: WeightRuns
    /// Moving average of the gradients, in the layout of the parameters.
    public let firstMoments: Tensor
    /// Moving average of the squared gradients.
    public let secondMoments: Tensor
    /// Steps taken; part of a checkpoint.
    public var stepCount = 0

    /// - Precondition: every parameter matches a group.
    public init(_ parameters: ParameterSet, groups: [Group], config: Config = Config()) {
        self.parameters = parameters
        self.config = config
        firstMoments = Tensor.zeros([parameters.count])
        secondMoments = Tensor.zeros([parameters.count])
        self.groups = groups
        var runs: [(end: Int, group: Int)] = []
        for entry in parameters.entries {
            guard let group = groups.firstIndex(where: { $0.matches(entry.name) }) else {
                preconditionFailure("AdamW: no group matches the parameter \(entry.name); add one with an empty prefix")
            }
            if runs.last?.group == group { runs.removeLast() }
            runs.append((entry.range.upperBound, group))
        }
        self.runs = WeightRuns(runs)
    }

    /// Moves the weights once.
    ///
    /// - Parameter factor: what the schedule multiplies every learning rate with.
    public func step(factor: Float) {
        stepCount += 1
        parameters.values.updateByAdamW(
            gradients: parameters.gradients, firstMoments: firstMoments, secondMoments: secondMoments, runs: runs,
            rates: groups.map { AdamWRate(learningRate: $0.learningRate * factor, weightDecay: $0.weightDecay) },
            AdamWStep(beta1: config.beta1, beta2: config.beta2, epsilon: config.eps, step: stepCount))
    }
}

extension AdamW.Config: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("beta1", &beta1, .closed(0...0.999_999_9))
        try fields.field("beta2", &beta2, .closed(0...0.999_999_9))
        try fields.field("eps", &eps, .above(0))
    }
}
