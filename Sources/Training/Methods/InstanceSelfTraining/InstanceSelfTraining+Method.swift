internal import Annotations
internal import Configuration
package import DataLoading
package import DataParallel
internal import DomainAdaptation
internal import Mixing
package import SegmentationModels

extension InstanceSelfTraining: TeachingMethod {
    package static let kind = "uda4inst"
    package static let title = "instance self-training"

    package var usesTarget: Bool { true }
    package var matching: SampleLoader.Matching? {
        guard colorTransfer else { return nil }
        return { source, target in source.withColors(of: target) }
    }
    package var stepsBeforeTeacher: Int { 0 }
    package var margins: IgnoredMargins { .none }
    package var files: [(key: String, path: String)] { [] }

    package func needsObjects(in run: RunConfiguration) -> Bool { true }
    package func countsObjects(in run: RunConfiguration) -> Bool { mixing.countsObjects }
    package func requireFiles(in run: RunConfiguration) throws {}
    package func labelers(in run: RunConfiguration) -> [PseudoLabels.Contents] { [.objects] }
    package func keptNumbers(in run: RunConfiguration, beside network: SegmentationNetwork) -> Int { 0 }

    package func notices(in run: RunConfiguration) -> [String] {
        guard run.model.weights == nil || run.model.loads != .network else { return [] }
        return [
            "the method '\(Self.kind)' learns from what its teacher is sure of, and the decoder of objects begins untrained: "
                + "train on the source first, and give those weights with model.loads: network"
        ]
    }

    /// A pass with gradients takes as long as three without.
    package func costs(in run: RunConfiguration) -> TeacherPlan.Costs {
        TeacherPlan.Costs(source: 0, rest: maskedConsistency == nil ? 3 : 6, labelling: 1)
    }

    package func timed(classCount: Int) -> InstanceSelfTraining {
        var timed = self
        // A teacher of random weights is sure of nothing.
        timed.mixing = mixing.withoutTeacher
        timed.colorTransfer = false
        timed.maskedConsistency?.augmentation = nil
        return timed
    }

    package func makeStep(_ student: StudentAssembly) throws -> any TrainingStep {
        try InstanceSelfTrainingStep(student, self, teacher: try student.pseudoLabels(of: self))
    }

    package func makeTeacher(_ assembly: TeacherAssembly) throws -> Teacher {
        let network = try assembly.makeNetwork()
        guard let decoder = network.objectDecoder else {
            preconditionFailure("InstanceSelfTraining: the network finds no objects")
        }
        let minScore = Float(mixing.minScore)
        return Teacher(
            network, average: EMATeacher(network, decay: Float(emaDecay), countsFromOne: true),
            labelers: [ObjectLabeler(decoder) { $0.score ?? 0 > minScore }],
            reduceStatistics: assembly.reduceStatistics)
    }
}
