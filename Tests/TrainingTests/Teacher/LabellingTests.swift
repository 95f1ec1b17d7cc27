import Annotations
import Collectives
import DataLoading
import DataParallel
import DomainAdaptation
import NN
import SegmentationModels
import TensorEngine
import Testing
import Training
import _TestSupport

/// When the average moves and when it labels: weights are one number everywhere, and labels say which the teacher had.
@Suite struct LabellingTests {
    /// Says the teacher's weights, in tenths.
    private struct Speaking: TargetLabeler {
        let average: EMATeacher

        func message(about target: TeacherPass) -> PseudoLabels {
            let layout = target.layout(.classMaps)
            let value = UInt8((average.parameters.values.values()[0] * 10).rounded())
            return PseudoLabels(
                step: target.step, layout: layout, labels: [UInt8](repeating: value, count: layout.imageCount),
                confidentCounts: (0..<layout.imageCount).map { $0 })
        }
    }

    private static let weights: [Float] = [1, 3, 9, 0]
    /// Copied, then `1/2 * 1 + 1/2 * 3`, `2/3 * 2 + 1/3 * 9`, `3/4 * 4.333 + 1/4 * 0`.
    private static let inStep: [UInt8] = [10, 20, 43, 33]
    /// A step later, but for the first, without which there would be nothing to label with.
    private static let ahead: [UInt8] = [10, 10, 20, 43]

    /// With a restart at step 2: the student of step 2 is copied, then `1/2 * 9 + 1/2 * 0`.
    private static let restarted: [UInt8] = [10, 20, 90, 45]
    private static let restartedAhead: [UInt8] = [10, 10, 20, 90]

    private static func teacher(restarts: Set<Int> = []) -> Teacher {
        let network = TinyTraining.network(seed: nil)
        let average = EMATeacher(network, decay: 0.9)
        return Teacher(network, average: average, labelers: [Speaking(average: average)], restarts: restarts)
    }

    private static func labels(_ provider: any PseudoLabelProvider, _ student: Tensor) throws -> [UInt8] {
        let images = Tensor.zeros([1, 1, 1, 3])
        return try weights.enumerated().flatMap { step, weight in
            student.fillInPlace(with: weight)
            try provider.begin(step)
            return try provider.messages(step, images)[0].labels
        }
    }

    private static let cases: [(lag: Int, restarts: Set<Int>, expected: [UInt8])] = [
        (0, [], inStep), (1, [], ahead), (0, [2], restarted), (1, [2], restartedAhead),
    ]

    @Test(arguments: cases)
    func aTeacherInsideLabelsWithItsAverage(lag: Int, restarts: Set<Int>, expected: [UInt8]) throws {
        let teacher = Self.teacher(restarts: restarts)
        let student = Tensor.zeros([teacher.average.parameters.count])
        let provider = LocalTeacher(teacher, student: student, lag: lag)
        #expect(try Self.labels(provider, student) == expected)
        #expect(teacher.average.updateCount == (restarts.isEmpty ? 4 : 2))
        #expect(provider.parts.first === teacher.average)
    }

    /// Students of two images each; the second has the labels of slots 2 and 3.
    @Test(arguments: cases)
    func aTeacherRankTellsItsStudentsTheSame(lag: Int, restarts: Set<Int>, expected: [UInt8]) throws {
        let roles = try RankRoles(worldSize: 3, teachers: 1)
        let results = try ThreadedGroup.run(size: 3) { world -> [[UInt8]] in
            if case .student(let index) = roles.role(of: world.rank) {
                let parameters = ParameterSet(TinyTraining.network(seed: nil))
                let layout = PseudoLabels.Layout(imageCount: 1, height: 1, width: 1)
                let provider = RemoteTeacher(
                    StudentLink(world: world, roles: roles, parameters: parameters, layout: layout))
                #expect(provider.parts.isEmpty)
                let labels = try Self.labels(provider, parameters.values)
                return [labels, [UInt8(index)]]
            }
            let rank = TeacherRank(
                TeacherServer(world: world, roles: roles), Self.teacher(restarts: restarts), imagesPerStudent: 1,
                lag: lag,
                lastStep: 3,
                labelsTogether: true
            ) { _, slots in Tensor.zeros([slots.count, 1, 1, 3]) }
            for step in 0..<4 { try rank.run(step) }
            try rank.finish()
            return []
        }
        #expect(results[0] == [expected, [0]] && results[1] == [expected, [1]])
    }

    /// Scores by hand: the likeliest class of every pixel, and how many reach the threshold.
    @Test func theLikeliestClassAndTheSurePixelsAreThoseOfTheProbabilities() throws {
        let network = TinyTraining.network(seed: 4)
        let averaged = TinyTraining.network(seed: nil)
        EMATeacher(averaged, decay: 0.9).update(from: ParameterSet(network).values)
        let training = TinyTraining(MethodConfiguration(SelfTraining()))
        let images = try training.assembly().seat.batches.images(
            of: TinyTraining.samples(.target, step: 0, slots: 0..<2))
        let logits = withoutGradients {
            network(images, in: ForwardContext(batchStatistics: .batch(reduce: nil), noise: nil)).logits
        }
        let probabilities = HandLoss.probabilities(logits)
        let largest = probabilities.map { $0.max() ?? 0 }
        let threshold = largest.sorted()[largest.count / 3]
        let message = PseudoLabeler(threshold: Float(threshold) + 1e-6)
            .message(about: TeacherPass(of: averaged, images, step: 7, in: .batchStatisticsOnly))
        let classes = probabilities.map { UInt8($0.firstIndex(of: $0.max() ?? 0) ?? 0) }
        let wrong = zip(message.labels, classes).filter { $0 != $1 }.count
        #expect(wrong <= 2, "\(wrong) pixels of 2048 differ, which rounding may explain for those with equal scores")
        let sure = (0..<2).map { image in
            largest[image * 1024..<(image + 1) * 1024].filter { $0 >= threshold + 1e-6 }.count
        }
        #expect(
            zip(message.confidentCounts, sure).allSatisfy { abs($0 - $1) <= 2 }, "\(message.confidentCounts), \(sure)")
        #expect(message.step == 7 && sure.allSatisfy { $0 > 100 && $0 < 1000 })
    }

    /// Zeros everywhere: three classes are as likely, and the first is named.
    @Test(arguments: [(0.33, 1024), (0.34, 0)] as [(Float, Int)])
    func equalScoresAreTheFirstClass(threshold: Float, confident: Int) {
        let network = TinyTraining.network(seed: nil)
        ParameterSet(network).values.fillInPlace(with: 0)
        let pass = TeacherPass(of: network, Tensor.zeros([1, 32, 32, 3]), step: 0, in: .batchStatisticsOnly)
        let message = PseudoLabeler(threshold: threshold).message(about: pass)
        #expect(message.confidentCounts == [confident] && message.labels.allSatisfy { $0 == 0 })
    }
}
