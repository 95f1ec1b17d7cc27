import Collectives
import DataLoading
import DataParallel
import Mixing
import NN
import SegmentationModels
import TensorEngine
import Testing
import _TestSupport
import Training

@Suite struct SourceOnlyStepTests {
    private let training = TinyTraining(MethodConfiguration(SourceOnly()))

    /// The loss is over all pixels of the batch, those without a label included.
    @Test func theLossIsThatOfTheLabelledPixelsOverAll() throws {
        let student = try training.assembly()
        let batch = TinyTraining.batch(3, slots: 0..<2)
        student.replica.begin()
        let step = try SourceOnly().makeStep(student)
        var losses = try step.run(3, batch)
        try losses.sum(over: SingleProcessGroup())
        #expect(losses.terms.map(\.name) == ["source"])

        let images = student.seat.batches.sourceBatch(batch.source).images
        let other = TinyTraining.network(seed: training.configuration.seed)
        let logits = withoutGradients { other(images, in: student.pass.context(3, "source")).logits }
        let expected = HandLoss.sum(logits, labels: batch.source.allLabels) / Double(2 * 32 * 32)
        #expect(abs(losses.total - expected) < 1e-5 * expected)
        #expect(step.parts.isEmpty)
    }

    @Test func twoStudentsLearnWhatOneDoesFromTheSameImages() throws {
        let one = try training.run(try training.work(SingleProcessGroup()), 0..<3)
        var half = training
        half.imagesPerStudent = 1
        let two = try ThreadedGroup.run(size: 2) { [half] world in try half.run(try half.work(world), 0..<3) }
        #expect(two[0] == two[1])
        // Sums in another order, three updates of Adam, whose first steps are as long for small gradients.
        expectClose(two[0], one, tolerance: 2e-3)
    }

    @Test func augmentationChangesTheImagesAlone() throws {
        var parameters = SourceOnly()
        parameters.augmentation = StrongAugmentation.Config()
        parameters.augmentation?.jitterThreshold = 0
        let plain = try training.run(try training.work(SingleProcessGroup()), 0..<1)
        let coloured = TinyTraining(MethodConfiguration(parameters))
        #expect(try coloured.run(try coloured.work(SingleProcessGroup()), 0..<1) != plain)
    }
}
