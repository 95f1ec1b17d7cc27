package import Configuration
package import DataLoading
package import Mixing
package import SegmentationModels

/// Supervised training on the labelled domain alone: the baseline of every adaptation method.
package struct SourceOnly: Equatable {
    /// Colour jitter and blur on the source images, the same as self-training applies to mixed images; nil for none, as
    /// in the paper. Shows how much of a gain is plain augmentation.
    package var augmentation: StrongAugmentation.Config?

    package init() {}
}

extension SourceOnly: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.optionalSection("augmentation", &augmentation)
    }
}

extension SourceOnly: Method {
    package static let kind = "source-only"
    package static let title = "supervised"

    package var usesTarget: Bool { false }
    package var margins: IgnoredMargins { .none }
    package var files: [(key: String, path: String)] { [] }

    package func needsObjects(in run: RunConfiguration) -> Bool { run.findsObjects }
    package func validate(in run: RunConfiguration) throws(ConfigurationError) {}
    package func requireFiles(in run: RunConfiguration) throws {}
    package func notices(in run: RunConfiguration) -> [String] { [] }
    package func keptNumbers(in run: RunConfiguration, beside network: SegmentationNetwork) -> Int { 0 }

    package func makeStep(_ student: StudentAssembly) throws -> any TrainingStep {
        SourceOnlyStep(student, self)
    }

    package func preview(_ images: PreviewImages) -> [[PreviewPanel]] {
        let shown = images.batches.sourceBatch(images.source, augmentation: augmentation)
        return images.source.indices.map { slot in
            [
                PreviewPanel(images.source[slot].name, shown.image(slot)),
                PreviewPanel(
                    "labels", shown.image(slot), labels: shown.labelMap(slot), objects: shown.learntObjects(slot)),
            ]
        }
    }

    package func timed(classCount: Int) -> SourceOnly { SourceOnly() }
}
