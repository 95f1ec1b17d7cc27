internal import Collectives
package import DataParallel
internal import DomainAdaptation
package import ImageIO
internal import SegmentationModels
package import TensorEngine

/// CoPT's loss within a step: class features of the global batch against text, with a bank that a skipped step gives
/// back.
package final class AlignedClassFeatures {
    let features: AlignedFeatures
    private let alignment: TextAlignment
    private let sums: GlobalSums
    /// From before the step.
    private var bankBefore: TensorSnapshot

    /// - Parameters:
    ///   - texts: embeddings of the class descriptions, `[classes, W]`.
    ///   - featureWidth: channels of the deepest map.
    package init(
        _ settings: TextAlignmentConfiguration, texts: Tensor, featureWidth: Int, _ sums: GlobalSums
    ) {
        self.sums = sums
        alignment = TextAlignment(settings.alignment, text: texts, featureWidth: featureWidth)
        features = settings.features
        bankBefore = TensorSnapshot(of: alignment.bank)
    }

    /// Remembers the bank.
    package func begin() { bankBefore = TensorSnapshot(of: alignment.bank) }

    /// Takes back what the step changed.
    package func undo() { bankBefore.restore() }

    /// The loss of the global batch, of which every student reports its share. Collective over the students.
    ///
    /// - Parameters:
    ///   - map: deepest features of the student's images, `[B, h, w, C]`.
    ///   - labels: of the same images, in the size of the crop.
    /// - Returns: nil where there is nothing to compare.
    package func loss(_ map: Tensor, _ labels: [LabelMap], _ losses: inout StepLosses) throws -> Tensor? {
        let cells = labels.flatMap { labels in
            ClassFeatures.sampled(
                labels: labels.pixels, height: labels.height, width: labels.width, rows: map.shape[1],
                columns: map.shape[2])
        }
        let local = try ClassFeatures(
            map, labels: cells, classCount: alignment.classCount, means: alignment.classMeans,
            student: (sums.students.rank, sums.students.size), reduce: sums.makeGlobal)
        let totals = sums.students.size == 1
            ? ClassFeatureTotals(of: local) : try ClassFeatureTotals(of: local, reduce: sums.makeGlobal)
        let loss = alignment.loss(local, totals: totals)
        losses.append("text", sums.part(of: loss ?? Tensor(0)))
        return loss
    }
}

extension AlignedClassFeatures: CheckpointPart {
    package var partName: String { "the bank of class features" }

    package func visit(_ state: inout PartState) throws(CheckpointError) {
        try state.tensor("student.classFeatures", alignment.bank)
    }

    package func rememberStep() { begin() }
    package func takeBackStep() { undo() }
}
