package import Annotations
package import Configuration
package import DataParallel
package import Mixing

/// How sure a teacher must be of an object that is pasted and learnt from: a number, `0.75`, or `automatic`.
package enum InstanceThreshold: Sendable, Equatable {
    /// The same score for all classes and steps; with 1 there never is an object that is sure enough.
    case fixed(Double)
    /// For each class what the teacher's own scores say.
    case automatic(AutomaticThresholds.Config)

    /// As long as nothing is known of the teacher.
    var initial: ScoreThresholds {
        switch self {
        case .fixed(let score): ScoreThresholds(Float(score))
        case .automatic(let config): AutomaticThresholds(config, classCount: 0).thresholds
        }
    }

    /// What decides on a student.
    ///
    /// - Parameter classCount: train ids are below it.
    func makeRule(classCount: Int) -> any InstanceThresholdRule {
        switch self {
        case .fixed(let score): FixedThreshold(score: Float(score))
        case .automatic(let config): LearntThresholds(config, classCount: classCount)
        }
    }
}

/// What decides, on each student alike, how sure a teacher must be.
package protocol InstanceThresholdRule {
    /// What it learns from step to step, for checkpoints.
    var parts: [any CheckpointPart] { get }
    /// Remembers what it has learnt, before a step.
    func begin()
    /// Takes back what the step changed.
    func undo()

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

    func begin() {}
    func undo() {}

    func thresholds(_ step: Int, _ objects: [[AnnotatedObject]], _ sums: GlobalSums) -> ScoreThresholds {
        ScoreThresholds(score)
    }
}

extension InstanceThreshold: ConfigurationVariant {
    package static let kinds = ["fixed", "automatic"]

    /// A number alone is a fixed score.
    package init?(kind: String) {
        if let score = Double(configurationText: kind) {
            self = .fixed(score)
        } else if kind == "fixed" {
            self = .fixed(0.75)
        } else if kind == "automatic" {
            self = .automatic(.init())
        } else {
            return nil
        }
    }

    package var kind: String {
        switch self {
        case .fixed: "fixed"
        case .automatic: "automatic"
        }
    }

    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        switch self {
        case .fixed(var score):
            try fields.field("score", &score, .closed(0...1))
            self = .fixed(score)
        case .automatic(var config):
            try config.visit(&fields)
            self = .automatic(config)
        }
    }

    /// What is wrong with it.
    func validate(keyPath: String) throws(ConfigurationError) {
        switch self {
        case .fixed(let score) where !(0...1).contains(score):
            throw .impossible(keyPath, "a score is from 0 to 1, got \(score)")
        case .automatic(let config) where config.lowest >= config.highest:
            throw .impossible(
                keyPath,
                "lowest=\(config.lowest) and highest=\(config.highest) leave no choice between; use a lower lowest")
        default: return
        }
    }
}
