import Collectives
import DataParallel
import NN
import SegmentationModels
import TensorEngine
import Testing
import Training

/// Training on objects alone, of which some batches show none.
@Suite struct SourceOnlyObjectsTests {
    private static func training(images: Int) -> TinyTraining {
        var training = TinyTraining(MethodConfiguration(SourceOnly()))
        training.configuration.model.objects = .maskRCNN
        training.configuration.model.decoder = nil
        training.imagesPerStudent = images
        return training
    }

    /// The toy skips its terms where an image has no object, as Mask R-CNN does; then nothing moves, on no student.
    @Test func aBatchWithoutAnythingToLearnLeavesTheWeights() throws {
        let training = Self.training(images: 2)
        guard case .student(let student) = try training.work(SingleProcessGroup()) else { return }
        var moved: [Bool] = []
        for step in 0..<8 {
            let before = student.replica.parameters.values.values()
            let losses = try student.run(step).losses
            moved.append(student.replica.parameters.values.values() != before)
            #expect(losses.isNothing == losses.terms.isEmpty && losses.isNothing != moved[step], "step \(step)")
        }
        #expect(moved.contains(true) && moved.contains(false))
        #expect(student.replica.skippedSteps == moved.count { !$0 } && student.replica.skippedInARow == 0)
        #expect(student.replica.optimizer.stepCount == moved.count { $0 })
    }

    @Test func twoStudentsLearnWhatOneDoes() throws {
        let one = try Self.training(images: 2).run(Self.training(images: 2).work(SingleProcessGroup()), 0..<8)
        let half = Self.training(images: 1)
        let two = try ThreadedGroup.run(size: 2) { try half.run(try half.work($0), 0..<8) }
        #expect(two[0] == two[1])
        #expect(zip(two[0], one).allSatisfy { abs($0 - $1) <= 2e-3 * max(1, abs($1)) })
    }
}
