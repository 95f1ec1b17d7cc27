import DomainAdaptation
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// `make_scrambled_means.py`: two images of 3x4 cells with 6 channels, 5 classes; class 0 in both images, unequally
/// often.
@Suite struct ScrambledMeansTests {
    private let fixture: SafeTensorsFile
    private let labels: [UInt8]

    init() throws {
        fixture = try SafeTensorsFile(Fixture.path("adaptation/scrambled_means.safetensors"))
        labels = try fixture.integers("labels").map { UInt8($0) }
    }

    private func features(_ images: Range<Int>) throws -> Tensor {
        let all = try fixture.floats("features")
        return Tensor(Array(all[images.lowerBound * 72..<images.upperBound * 72]), shape: [images.count, 3, 4, 6])
            .trackingGradient()
    }

    private func means(_ features: ClassFeatures, counts: [Int]) -> Tensor {
        features.sums / Tensor(counts.map { Float(max(1, $0)) }, shape: [5, 1])
    }

    @Test func meansAndGradientsAreThoseOfTheReleasedCode() throws {
        let input = try features(0..<2)
        let sums = ClassFeatures(input, labels: labels, classCount: 5, means: .scrambled, student: (0, 1)) { _ in }
        #expect(sums.counts == [7, 3, 6, 0, 4])
        let means = means(sums, counts: sums.counts)
        expectClose(means.values(), try fixture.floats("means"), tolerance: 1e-6, "means")
        (means * Tensor(try fixture.floats("weights"), shape: [5, 6])).sum().backward()
        expectClose(input.gradient?.values() ?? [], try fixture.floats("gradients"), tolerance: 1e-6, "gradients")
    }

    /// What one image has of a class is averaged as it should be; the rest is not.
    @Test func onlyClassesOfSeveralImagesDifferFromTheExactMeans() throws {
        let exact = ClassFeatures(try features(0..<2), labels: labels, classCount: 5, means: .exact, student: (0, 1)) {
            (_: inout [Double]) in Issue.record("exact means ask nobody")
        }
        let released = ClassFeatures(
            try features(0..<2), labels: labels, classCount: 5, means: .scrambled, student: (0, 1)) { _ in }
        for c in 0..<5 {
            let difference = (0..<6).map { abs(exact.sums.values()[c * 6 + $0] - released.sums.values()[c * 6 + $0]) }
            #expect((difference.max() ?? 0 > 0.1) == (c == 0 || c == 4), "class \(c)")
        }
    }

    /// Each of two students has one image; what they add up to is what one student has of both.
    @Test func theBatchIsThatOfAllStudents() throws {
        var shown = [Double](repeating: 0, count: 10)
        for student in 0..<2 {
            _ = ClassFeatures(
                try features(student..<student + 1), labels: Array(labels[student * 12..<(student + 1) * 12]),
                classCount: 5, means: .scrambled, student: (student, 2)
            ) { own in shown = zip(shown, own).map { $0 + $1 } }
        }
        var sums = [Float](repeating: 0, count: 30)
        for student in 0..<2 {
            let part = ClassFeatures(
                try features(student..<student + 1), labels: Array(labels[student * 12..<(student + 1) * 12]),
                classCount: 5, means: .scrambled, student: (student, 2)
            ) { $0 = shown }
            sums = zip(sums, part.sums.values()).map { $0 + $1 }
        }
        let counts: [Float] = [7, 3, 6, 1, 4]
        expectClose(
            sums.enumerated().map { $1 / counts[$0 / 6] }, try fixture.floats("means"), tolerance: 1e-6, "means")
    }
}
