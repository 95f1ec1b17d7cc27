public import Configuration
public import NN

/// AdamW (arXiv:1711.05101), with numbers for what networks say that their parameters are (`ParameterGroup`).
///
/// Normalisation layers of the encoder get no weight decay (DAFormer code: parameters with "norm" in their name).
public struct OptimizerConfiguration: Sendable, Equatable {
    /// Learning rate of the encoder at full warm-up (DAFormer, section 4.1: 6e-5).
    public var encoderLearningRate = 6e-5
    /// Learning rate of the head at full warm-up (DAFormer: ten times the encoder's, 6e-4).
    public var headLearningRate = 6e-4
    /// Decoupled weight decay: `p *= 1 - lr * weightDecay` (DAFormer: 0.01).
    public var weightDecay = 0.01
    /// Weight decay of the encoder's normalisation layers (DAFormer code: 0).
    public var encoderNormWeightDecay = 0.0
    /// What holds for every parameter; the keys stand beside the others.
    public var adam = AdamW.Config()
    /// Largest global norm of the gradient; nil for no clipping (DAFormer).
    public var clipNorm: Double?

    public init() {}
}

extension OptimizerConfiguration: ConfigurationSection {
    /// Smaller ones move no weight in single precision, larger ones every weight out of it.
    private static let learningRates = Bounds.closed(1e-12...1000.0)

    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("encoderLearningRate", &encoderLearningRate, Self.learningRates)
        try fields.field("headLearningRate", &headLearningRate, Self.learningRates)
        try fields.field("weightDecay", &weightDecay, .atLeast(0, atMost: 1000))
        try fields.field("encoderNormWeightDecay", &encoderNormWeightDecay, .atLeast(0, atMost: 1000))
        try adam.visit(&fields)
        try fields.optional("clipNorm", &clipNorm, .closed(1e-12...1e12))
    }
}

extension OptimizerConfiguration {
    /// The numbers of each group of a network, and the group of each parameter.
    ///
    /// - Throws: `ParameterGroupError` where a parameter is in no group or in two.
    func groups(
        of network: any ParameterGrouping, _ parameters: ParameterSet
    ) throws(ParameterGroupError) -> (groups: [AdamW.Group], members: [Int]) {
        let groups = network.parameterGroups
        let members = try groups.indices(of: parameters.entries.map(\.name))
        return (groups.map { .init(learningRate: rate($0.learningRate), weightDecay: decay($0)) }, members)
    }

    private func rate(_ role: LearningRateRole) -> Float {
        switch role {
        case .encoder: Float(encoderLearningRate)
        case .head: Float(headLearningRate)
        case .frozen: 0
        }
    }

    private func decay(_ group: ParameterGroup) -> Float {
        switch group.weightDecay {
        case .weights: Float(weightDecay)
        case .encoderNorms: Float(encoderNormWeightDecay)
        case .none: 0
        }
    }
}

/// Length of the run and size of the batch.
public struct TrainingConfiguration: Sendable, Equatable {
    /// Optimiser steps (DAFormer: 40 000).
    public var steps = 40_000
    /// Source images a step; as many target images (DAFormer: 2 in all).
    public var batch = BatchConfiguration.global(images: 2)

    public init() {}
}

extension TrainingConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("steps", &steps, .steps(from: 1))
        try fields.variant("batch", &batch)
    }
}

/// How many images of each domain a step takes.
public enum BatchConfiguration: Sendable, Equatable {
    /// In all; shared out evenly to the students.
    case global(images: Int)
    /// By each student: the global batch grows with the job.
    case perStudent(images: Int)

    /// Images of each domain on every student.
    ///
    /// - Throws: `impossibleCombination` when a global batch cannot be shared out evenly.
    public func imagesPerStudent(students: Int) throws(ConfigurationError) -> Int {
        switch self {
        case .perStudent(let images): return images
        case .global(let images):
            guard images % students == 0 else {
                throw ConfigurationError(
                    .impossibleCombination, keyPath: "training.batch.images",
                    "a global batch of \(images) cannot be shared evenly by \(students) students; use a multiple of "
                        + "\(students), another number of ranks or teachers, or batch.kind=per-student")
            }
            return images / students
        }
    }
}

extension BatchConfiguration: ConfigurationVariant {
    package static let kinds = ["global", "per-student"]

    package init?(kind: String) {
        switch kind {
        case "global": self = .global(images: 2)
        case "per-student": self = .perStudent(images: 2)
        default: return nil
        }
    }

    package var kind: String {
        switch self {
        case .global: "global"
        case .perStudent: "per-student"
        }
    }

    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        switch self {
        case .global(var images):
            try fields.field("images", &images, .closed(1...65_536))
            self = .global(images: images)
        case .perStudent(var images):
            try fields.field("images", &images, .closed(1...65_536))
            self = .perStudent(images: images)
        }
    }
}
