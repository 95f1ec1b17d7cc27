package import Annotations
package import Configuration
package import DataParallel
package import Mixing

/// How sure a teacher must be of an object that is pasted and learnt from: a number, `0.75`.
package enum InstanceThreshold: Sendable, Equatable {
    /// The same score for all classes and steps; with 1 there never is an object that is sure enough.
    case fixed(Double)

    /// What decides on a student.
    func makeRule() -> any InstanceThresholdRule {
        switch self {
        case .fixed(let score): FixedThreshold(score: Float(score))
        }
    }
}

/// What decides, on each student alike, how sure a teacher must be.
package protocol InstanceThresholdRule {
    /// What it learns from step to step, for checkpoints.
    var parts: [any CheckpointPart] { get }

    /// The thresholds of a step. Collective over the students, which all get the same.
    ///
    /// - Parameters:
    ///   - objects: all that the teacher sees in the student's target images of the step.
    ///   - sums: makes what is counted on them global.
    func thresholds(_ step: Int, _ objects: [[AnnotatedObject]], _ sums: GlobalSums) throws -> ScoreThresholds
}

struct FixedThreshold: InstanceThresholdRule {
    let score: Float
    var parts: [any CheckpointPart] { [] }

    func thresholds(_ step: Int, _ objects: [[AnnotatedObject]], _ sums: GlobalSums) -> ScoreThresholds {
        ScoreThresholds(score)
    }
}

extension InstanceThreshold: ConfigurationVariant {
    package static let kinds = ["fixed"]

    /// A number alone is a fixed score.
    package init?(kind: String) {
        if let score = Double(configurationText: kind) {
            self = .fixed(score)
        } else if kind == "fixed" {
            self = .fixed(0.75)
        } else {
            return nil
        }
    }

    package var kind: String {
        switch self {
        case .fixed: "fixed"
        }
    }

    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        switch self {
        case .fixed(var score):
            try fields.field("score", &score)
            self = .fixed(score)
        }
    }

    /// What is wrong with it.
    func validate(keyPath: String) throws(ConfigurationError) {
        guard case .fixed(let score) = self, !(0...1).contains(score) else { return }
        throw .impossible(keyPath, "a score is from 0 to 1, got \(score)")
    }
}
