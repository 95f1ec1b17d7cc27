internal import Collectives
internal import DomainAdaptation
internal import ImageIO
internal import SegmentationModels
internal import TensorEngine

/// CoPT's loss within a step: class features of the global batch against text, with a bank that a skipped step gives back.
final class AlignedClassFeatures {
    let alignment: TextAlignment
    let features: AlignedFeatures
    /// From before the step.
    private var bankBefore: Tensor

    /// - Parameter texts: embeddings of the class descriptions, `[classes, W]`.
    init(_ settings: TextAlignmentConfiguration, texts: Tensor, _ network: SegmentationNetwork) {
        alignment = TextAlignment(settings.alignment, text: texts, featureWidth: network.encoder.config.channels[3])
        features = settings.features
        bankBefore = alignment.bank
    }

    /// Remembers the bank.
    func begin() { bankBefore = alignment.bank.copied() }

    /// Takes back what the step changed.
    func undo() { alignment.bank.assign(bankBefore) }

    /// The loss of the global batch, of which every student reports its share. Collective over the students.
    ///
    /// - Parameters:
    ///   - map: deepest features of the student's images, `[B, h, w, C]`.
    ///   - labels: of the same images, in the size of the crop.
    /// - Returns: nil where there is nothing to compare.
    func loss(
        _ map: Tensor, _ labels: [LabelMap], over student: StudentSeat, _ losses: inout StepLosses
    ) throws -> Tensor? {
        let cells = labels.flatMap { labels in
            ClassFeatures.sampled(
                labels: labels.pixels, height: labels.height, width: labels.width, rows: map.shape[1],
                columns: map.shape[2])
        }
        let local = try ClassFeatures(
            map, labels: cells, classCount: alignment.classCount, means: alignment.classMeans,
            student: (student.students.rank, student.students.size), reduce: student.makeGlobal)
        let totals = student.students.size == 1
            ? ClassFeatureTotals(of: local) : try ClassFeatureTotals(of: local, reduce: student.makeGlobal)
        let loss = alignment.loss(local, totals: totals)
        losses.append("text", student.share(of: loss ?? Tensor(0)))
        return loss
    }
}
