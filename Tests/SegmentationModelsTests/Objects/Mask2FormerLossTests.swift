import Annotations
import Collectives
import NN
import SegmentationModels
import TensorEngine
import Testing
import _TestSupport

/// Losses of a small network of drawn weights, on two images of 64 x 96 pixels.
struct Mask2FormerLossTests {
    private static let (height, width) = (64, 96)
    private static let layout = FeaturePyramid.Layout(channels: [6, 8, 10, 12])
    private static let things: [UInt8] = [11, 13, 18]
    private static let terms = ["objectClasses", "objectMasks", "objectDice"]

    private static var config: Mask2Former.Config {
        var config = Mask2Former.Config()
        config.width = 16
        config.heads = 2
        config.groups = 4
        config.queries = 5
        config.pixelDecoder.layers = 1
        config.pixelDecoder.hidden = 24
        config.transformer.layers = 3
        config.transformer.hidden = 24
        config.criterion.points = 50
        return config
    }

    private static func pyramid(_ images: Range<Int>) -> FeaturePyramid {
        let sides = [(16, 24), (8, 12), (4, 6), (2, 3)]
        return FeaturePyramid(
            layout,
            maps: zip(sides, [6, 8, 10, 12]).enumerated().map { level, size in
                pseudoRandomTensor([2, size.0.0, size.0.1, size.1], seed: UInt64(level)).sliced(images, axis: 0)
            })
    }

    private static func rectangle(_ trainID: UInt8, rows: Range<Int>, columns: Range<Int>) -> AnnotatedObject {
        AnnotatedObject(
            trainID: trainID,
            mask: ObjectMask(rows.map { PixelRun(row: $0, start: columns.lowerBound, end: columns.upperBound) }))
    }

    /// Two in the first image, three in the second, one of which has a single column.
    private static let objects: [[AnnotatedObject]] = [
        [rectangle(11, rows: 3..<40, columns: 5..<30), rectangle(18, rows: 50..<60, columns: 70..<90)],
        [
            rectangle(13, rows: 0..<64, columns: 40..<96), rectangle(11, rows: 8..<20, columns: 10..<22),
            rectangle(18, rows: 30..<50, columns: 7..<8),
        ],
    ]

    private struct Outcome: Sendable, Equatable {
        var losses: [Float]
        var gradients: [[Float]]
    }

    private static func outcome(
        _ images: Range<Int> = 0..<2, _ objects: [[AnnotatedObject]] = objects, step: Int = 3, pass: String = "source",
        keepsEmpty: Bool = false, labels: [Int32]? = nil,
        makeGlobal: @escaping (inout [Double]) throws -> Void = { _ in }
    ) throws -> Outcome {
        var config = config
        config.criterion.keepsEmpty = keepsEmpty
        if labels != nil { config.classes = .all }
        let decoder = Mask2Former(config, layout, things: things, classCount: 19, in: ModuleScope(seed: 4))
        let batch = ObjectBatch(
            objects: Array(objects[images]), labels: labels, height: height, width: width, slots: Array(images),
            seed: 5, step: step,
            pass: pass, makeGlobal: makeGlobal)
        let found = try decoder.losses(pyramid(images), batch, in: .evaluation)
        #expect(found.map(\.name) == terms)
        found.dropFirst().reduce(found[0].loss) { $0 + $1.loss }.backward()
        return Outcome(
            losses: found.map { $0.loss.item() },
            // Without objects nothing reaches what makes masks.
            gradients: decoder.namedParameters.map { _, parameter in
                parameter.gradient?.values() ?? [Float](repeating: 0, count: parameter.value.count)
            })
    }

    private func students(_ objects: [[AnnotatedObject]]) throws -> [Outcome] {
        try ThreadedGroup.run(size: 2) { group in
            try Self.outcome(group.rank..<group.rank + 1, objects) { try group.allReduce(&$0, .sum) }
        }
    }

    private func expectSum(_ parts: [Outcome], is whole: Outcome) {
        for (place, term) in Self.terms.enumerated() {
            expectClose([parts[0].losses[place] + parts[1].losses[place]], [whole.losses[place]], tolerance: 1e-6, term)
        }
        let largest = whole.gradients.joined().map(abs).max() ?? 0
        for (place, gradient) in whole.gradients.enumerated() {
            let difference =
                gradient.indices.map { index in
                    abs(parts[0].gradients[place][index] + parts[1].gradients[place][index] - gradient[index])
                }.max() ?? 0
            #expect(difference <= 1e-5 * largest, "gradient \(place)")
        }
    }

    @Test func twoStudentsWithAnImageEachAddUpToOneWithBoth() throws {
        let parts = try students(Self.objects)
        #expect(parts.allSatisfy { $0.losses.allSatisfy { $0 > 0 } })
        expectSum(parts, is: try Self.outcome())
    }

    @Test func aStudentWithoutObjectsLearnsThatThereAreNone() throws {
        let objects = [Self.objects[0], []]
        let parts = try students(objects)
        #expect(parts[1].losses[0] > 0 && parts[1].losses[1] == 0 && parts[1].losses[2] == 0)
        expectSum(parts, is: try Self.outcome(0..<2, objects))
    }

    @Test func withoutAnyObjectTheDivisorIsOne() throws {
        let outcome = try Self.outcome(0..<2, [[], []])
        #expect(outcome.losses[0].isFinite && outcome.losses[0] > 0)
        #expect(outcome.losses[1] == 0 && outcome.losses[2] == 0)
    }

    @Test func divisorsAreOneCallForAll() throws {
        var calls: [[Double]] = []
        _ = try Self.outcome { calls.append($0) }
        // Queries of two images, matched ones, objects.
        #expect(calls == [[10, 5, 5]])
        calls = []
        // More objects than queries: some are not matched, and count as objects all the same.
        _ = try Self.outcome(0..<2, [Self.objects[0] + Self.objects[1] + Self.objects[0], []]) { calls.append($0) }
        #expect(calls == [[10, 5, 7]])
    }

    @Test func drawsRepeatAndDifferByStepAndPass() throws {
        let first = try Self.outcome()
        #expect(try Self.outcome() == first)
        #expect(try Self.outcome(step: 4).losses[1] != first.losses[1])
        #expect(try Self.outcome(pass: "mixed").losses[1] != first.losses[1])
    }

    @Test func regionsOfClassesWithoutObjectsAreLearnedWhereEveryPixelIsCovered() throws {
        // Class 2 above, class 0 below; the ignored columns belong to no region, and class 11 has objects.
        let row = { (id: Int32) in [255, 11] + [Int32](repeating: id, count: Self.width - 2) }
        let image = (0..<Self.height).flatMap { row($0 < 20 ? 2 : 0) }
        var counts: [Double] = []
        let labelled = try Self.outcome(0..<2, labels: image + image) { counts = $0 }
        #expect(counts[2] == 9)
        let regions = [
            Self.rectangle(0, rows: 20..<64, columns: 2..<96), Self.rectangle(2, rows: 0..<20, columns: 2..<96),
        ]
        let ignored = [Int32](repeating: 255, count: image.count * 2)
        #expect(try Self.outcome(0..<2, Self.objects.map { $0 + regions }, labels: ignored) == labelled)
    }

    @Test func crowdsOtherClassesAndEmptyObjectsAreNotLearned() throws {
        let plain = try Self.outcome()
        var crowd = Self.rectangle(11, rows: 1..<60, columns: 1..<90)
        crowd.isCrowd = true
        let empty = AnnotatedObject(trainID: 11, mask: ObjectMask())
        let other = Self.rectangle(12, rows: 1..<60, columns: 1..<90)
        let objects = [Self.objects[0] + [crowd, other, empty], [empty] + Self.objects[1]]
        #expect(try Self.outcome(0..<2, objects) == plain)
        var counts: [Double] = []
        let kept = try Self.outcome(0..<2, objects, keepsEmpty: true) { counts = $0 }
        #expect(counts[2] == 7 && kept.losses != plain.losses)
    }
}
