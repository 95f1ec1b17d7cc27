import Collectives
import DataParallel
import DomainAdaptation
import ImageIO
import TensorEngine
import Testing
import WeightFiles
import _TestSupport
import Training

/// `make_text_alignment.py`: two steps of two images of 3x4 cells, 7 classes; here from whole label maps, on one
/// student and on two.
@Suite struct AlignedClassFeaturesTests {
    private let text: [Float]
    private let features: [Float]
    private let labels: [UInt8]
    private let losses: [Float]
    private let bank: [Float]

    init() throws {
        let fixture = try SafeTensorsFile(Fixture.path("adaptation/text_alignment.safetensors"))
        text = try fixture.floats("text")
        features = try fixture.floats("features")
        labels = try fixture.integers("labels").map { UInt8($0) }
        losses = try fixture.floats("covariance-cosine-zeros.losses")
        bank = try fixture.floats("covariance-cosine-zeros.bank")
    }

    private struct Student {
        let aligned: AlignedClassFeatures
        let students: any ProcessGroup
    }

    private func student(_ group: any ProcessGroup) -> Student {
        var settings = TextAlignmentConfiguration()
        settings.alignment.decay = 0.3
        let sums = GlobalSums(over: group, pixels: 1)
        let aligned = AlignedClassFeatures(settings, texts: Tensor(text, shape: [7, 9]), featureWidth: 6, sums)
        return Student(aligned: aligned, students: group)
    }

    /// Loss of the step over all students, from the images of this one.
    private func loss(_ student: Student, step: Int, images: Range<Int>) throws -> Float {
        let (cells, pixels) = (3 * 4 * 6, 24 * 32)
        let first = (step * 2 + images.lowerBound) * cells
        let part = Array(features[first..<first + images.count * cells])
        let maps = images.map { image in
            let start = (step * 2 + image) * pixels
            return LabelMap(height: 24, width: 32, channels: 1, pixels: Array(labels[start..<start + pixels]))
        }
        var terms = StepLosses()
        student.aligned.begin()
        let map = Tensor(part, shape: [images.count, 3, 4, 6]).trackingGradient()
        let loss = try student.aligned.loss(map, maps, &terms)
        try terms.sum(over: student.students)
        #expect(terms.terms.map(\.name) == ["text"])
        expectClose([Float(terms.total)], [loss?.item() ?? 0], tolerance: 1e-6, "the sum of all shares is the loss")
        return Float(terms.total)
    }

    private func bank(_ student: Student) throws -> [Float] {
        let folder = TemporaryFolder()
        let alone = SingleProcessGroup()
        try CheckpointParts([student.aligned], place: .init(index: 0, count: 1))
            .save(to: CheckpointFolder(folder.path), step: 1, facts: [:], group: alone)
        return try Checkpoint.verified("\(folder.path)/step-000001", group: alone).floats("student.classFeatures")
    }

    @Test func lossesAndBankOfOneStudentAgreeWithTorch() throws {
        let one = student(SingleProcessGroup())
        let found = try (0..<2).map { try loss(one, step: $0, images: 0..<2) }
        expectClose(found, losses, tolerance: 1e-5)
        expectClose(try bank(one), bank, tolerance: 1e-6)
    }

    @Test func twoStudentsHaveTheLossOfOneWithBothImages() throws {
        let results = try ThreadedGroup.run(size: 2) { group in
            let student = student(group)
            let found = try (0..<2).map { try loss(student, step: $0, images: group.rank..<group.rank + 1) }
            return [found, try bank(student)]
        }
        for result in results {
            expectClose(result[0], losses, tolerance: 1e-5)
            expectClose(result[1], bank, tolerance: 1e-6)
        }
    }

    @Test func aSkippedStepGivesTheBankBack() throws {
        let one = student(SingleProcessGroup())
        _ = try loss(one, step: 0, images: 0..<2)
        let before = try bank(one)
        _ = try loss(one, step: 1, images: 0..<2)
        #expect(try bank(one) != before)
        one.aligned.undo()
        #expect(try bank(one) == before)
    }

    @Test func nothingToCompareIsNoLossAndStillATerm() throws {
        let one = student(SingleProcessGroup())
        var terms = StepLosses()
        one.aligned.begin()
        let ignored = LabelMap(height: 24, width: 32, channels: 1, filledWith: 255)
        let map = Tensor(Array(features[..<72]), shape: [1, 3, 4, 6])
        #expect(try one.aligned.loss(map, [ignored], &terms) == nil)
        try terms.sum(over: one.students)
        #expect(terms.terms.map(\.name) == ["text"] && terms.total == 0)
    }
}
