package import Configuration
public import TensorEngine

/// AdamW over flat parameters, with a learning rate and weight decay for each group of them.
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

    /// Learning rate and decay of some of the parameters.
    public struct Group: Sendable, Equatable {
        /// Before the schedule's factor.
        public var learningRate: Float
        public var weightDecay: Float

        public init(learningRate: Float, weightDecay: Float) {
            self.learningRate = learningRate
            self.weightDecay = weightDecay
        }
    }

    private let parameters: ParameterSet
    private let config: Config
    private let groups: [Group]
    /// For each piece of the gradients its neighbouring parameters of one group, an index into `groups`.
    private let runs: [WeightRuns]
    /// Moving average of the gradients, in the layout of the parameters.
    public let firstMoments: Tensor
    /// Moving average of the squared gradients.
    public let secondMoments: Tensor
    /// Steps taken; part of a checkpoint.
    public var stepCount = 0

    /// - Parameters:
    ///   - groups: their numbers.
    ///   - members: for each entry of `parameters` its group, an index into `groups`; see `ParameterGroup`.
    /// - Precondition: an index for each entry.
    public init(_ parameters: ParameterSet, groups: [Group], members: [Int], config: Config = Config()) {
        precondition(
            members.count == parameters.entries.count && members.allSatisfy { groups.indices.contains($0) },
            "AdamW: every parameter needs one of \(groups.count) groups, got \(members)")
        self.parameters = parameters
        self.config = config
        firstMoments = Tensor.zeros([parameters.count])
        secondMoments = Tensor.zeros([parameters.count])
        self.groups = groups
        runs = parameters.gradients.pieces.map { piece in
            var runs: [(end: Int, group: Int)] = []
            for index in piece.entries {
                if runs.last?.group == members[index] { runs.removeLast() }
                runs.append((parameters.entries[index].range.upperBound - piece.range.lowerBound, members[index]))
            }
            return WeightRuns(runs)
        }
    }

    /// Moves the weights once.
    ///
    /// - Parameter factor: what the schedule multiplies every learning rate with.
    public func step(factor: Float) {
        stepCount += 1
        let rates = groups.map { AdamWRate(learningRate: $0.learningRate * factor, weightDecay: $0.weightDecay) }
        let step = AdamWStep(beta1: config.beta1, beta2: config.beta2, epsilon: config.eps, step: stepCount)
        for (index, piece) in parameters.gradients.pieces.enumerated() {
            func part(_ flat: Tensor) -> Tensor {
                flat.view(from: piece.range.lowerBound, shape: [piece.range.count])
            }
            part(parameters.values).updateByAdamW(
                gradients: parameters.gradients[piece: index], firstMoments: part(firstMoments),
                secondMoments: part(secondMoments), runs: runs[index], rates: rates, step)
        }
    }
}

extension AdamW.Config: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("beta1", &beta1, .closed(0...0.999_999_9))
        try fields.field("beta2", &beta2, .closed(0...0.999_999_9))
        try fields.field("eps", &eps, .closed(1e-30...1))
    }
}
