import Annotations
import Collectives
import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// A head on a pyramid of maps that pass through a dozen layers; regions add up over hundreds of rows.
private let lossTolerance: Float = 1e-4
private let lossGradientTolerance: Float = 1e-3

struct MaskRCNNLossTests {
    private func batch(_ tiny: TinyMaskRCNN) throws -> ObjectBatch {
        TinyMaskRCNN.batch([try tiny.objects(of: 0), try tiny.objects(of: 1)])
    }

    @Test func theFiveLossesAgreeWithPyTorch() throws {
        let tiny = try TinyMaskRCNN()
        let terms = try tiny.decoder().losses(tiny.pyramid(), batch(tiny), in: .evaluation)
        #expect(terms.map(\.name) == TinyMaskRCNN.terms)
        let expected = try tiny.fixture.floats("losses")
        for (term, expected) in zip(terms, expected) {
            expectClose([term.loss.item()], [expected], tolerance: lossTolerance, term.name)
        }
    }

    @Test func theDivisorsAreOneCallForAll() throws {
        let tiny = try TinyMaskRCNN()
        var calls: [[Double]] = []
        let batch = TinyMaskRCNN.batch([try tiny.objects(of: 0), try tiny.objects(of: 1)]) { calls.append($0) }
        _ = try tiny.decoder().losses(tiny.pyramid(), batch, in: .evaluation)
        let divisors = try tiny.fixture.integers("divisors").map { Double($0) }
        #expect(calls == [[0, divisors[0], divisors[2], divisors[4] / (28 * 28)]])
    }

    @Test(arguments: Array(TinyMaskRCNN.terms.enumerated().map { ($0, $1) }))
    func eachLossHasPyTorchsGradientOnTheMaps(_ place: Int, _ name: String) throws {
        let tiny = try TinyMaskRCNN()
        let pyramid = try tiny.pyramid()
        let term = try tiny.decoder().losses(pyramid, batch(tiny), in: .evaluation)[place]
        term.loss.backward()
        for (level, map) in pyramid.maps.enumerated() {
            expectClose(
                try #require(map.gradient).values(), try tiny.tensor("gradient\(place).map\(level)").values(),
                tolerance: lossGradientTolerance, "\(name), map \(level)")
        }
    }

    @Test func everyWeightHasPyTorchsGradient() throws {
        let tiny = try TinyMaskRCNN()
        let decoder = try tiny.decoder()
        let terms = try decoder.losses(tiny.pyramid(), batch(tiny), in: .evaluation)
        let total = zip(terms, [1, 0.7, 1.3, 0.5, 2] as [Float]).map { $0.loss * $1 }
        total.dropFirst().reduce(total[0]) { $0 + $1 }.backward()
        #expect(decoder.namedParameters.count == 38)
        for (name, parameter) in decoder.namedParameters {
            expectClose(
                try #require(parameter.gradient, "\(name)").values(), try tiny.tensor("gradient.\(name)").values(),
                tolerance: lossGradientTolerance, name)
        }
    }

    // MARK: - Students

    /// Sampling as published, with fewer samples than candidates, so that draws matter.
    private static var drawing: MaskRCNN.Config {
        var config = TinyMaskRCNN.config
        config.proposals.samples = 32
        config.proposals.positiveShare = 0.5
        config.boxes.samples = 24
        config.boxes.positiveShare = 0.25
        return config
    }

    private struct Outcome: Sendable, Equatable {
        var losses: [Float]
        var gradients: [[Float]]
    }

    private static func outcome(
        _ images: Range<Int>, _ objects: [[AnnotatedObject]], _ config: MaskRCNN.Config = drawing, step: Int = 3,
        pass: String = "source", makeGlobal: @escaping (inout [Double]) throws -> Void = { _ in }
    ) throws -> Outcome {
        let tiny = try TinyMaskRCNN()
        let decoder = try tiny.decoder(config)
        let batch = TinyMaskRCNN.batch(
            Array(objects[images]), slots: Array(images), step: step, pass: pass, makeGlobal: makeGlobal)
        let terms = try decoder.losses(tiny.pyramid(images), batch, in: .evaluation)
        guard let first = terms.first else { return Outcome(losses: [], gradients: []) }
        terms.dropFirst().reduce(first.loss) { $0 + $1.loss }.backward()
        return Outcome(
            losses: terms.map { $0.loss.item() },
            gradients: decoder.namedParameters.map { $0.parameter.gradient?.values() ?? [] })
    }

    private func objects() throws -> [[AnnotatedObject]] {
        let tiny = try TinyMaskRCNN()
        return [try tiny.objects(of: 0), try tiny.objects(of: 1)]
    }

    @Test func twoStudentsWithAnImageEachAddUpToOneWithBoth() throws {
        let objects = try objects()
        let whole = try Self.outcome(0..<2, objects)
        let parts = try ThreadedGroup.run(size: 2) { group in
            try Self.outcome(group.rank..<group.rank + 1, objects) { try group.allReduce(&$0, .sum) }
        }
        for (place, term) in TinyMaskRCNN.terms.enumerated() {
            let sum = parts.reduce(0) { $0 + $1.losses[place] }
            expectClose([sum], [whole.losses[place]], tolerance: 1e-6, term)
            #expect(parts.allSatisfy { $0.losses[place] > 0 }, "\(term)")
        }
        for (place, gradient) in whole.gradients.enumerated() {
            let sum = zip(parts[0].gradients[place], parts[1].gradients[place]).map { $0 + $1 }
            expectClose(sum, gradient, tolerance: 1e-5, "gradient \(place)")
        }
    }

    @Test func allStudentsSkipWhereOneHasAnImageWithoutObjects() throws {
        let objects = [try objects()[0], []]
        let outcomes = try ThreadedGroup.run(size: 2) { group in
            try Self.outcome(group.rank..<group.rank + 1, objects) { try group.allReduce(&$0, .sum) }
        }
        #expect(outcomes.allSatisfy { $0.losses.isEmpty })
    }

    @Test func drawsRepeatAndDifferByStepAndPass() throws {
        let objects = try objects()
        let first = try Self.outcome(0..<2, objects)
        #expect(try Self.outcome(0..<2, objects) == first)
        #expect(try Self.outcome(0..<2, objects, step: 4).losses[0] != first.losses[0])
        #expect(try Self.outcome(0..<2, objects, pass: "imix").losses[2] != first.losses[2])
    }

    // MARK: - Odd objects

    private func oddObjects() throws -> [AnnotatedObject] {
        let column = ObjectMask((3..<40).map { PixelRun(row: $0, start: 5, end: 6) })
        let crowd = ObjectMask((3..<40).map { PixelRun(row: $0, start: 5, end: 60) })
        return [
            AnnotatedObject(trainID: 11, mask: column), AnnotatedObject(trainID: 13, mask: crowd, isCrowd: true),
            // A class that the decoder has not.
            AnnotatedObject(trainID: 12, mask: crowd),
        ]
    }

    @Test func crowdsColumnsAndOtherClassesAreNotLearned() throws {
        var objects = try objects()
        let plain = try Self.outcome(0..<2, objects)
        objects[0] = try oddObjects() + objects[0]
        #expect(try Self.outcome(0..<2, objects) == plain)
        objects[0] = try oddObjects()
        #expect(try Self.outcome(0..<2, objects).losses.isEmpty)
    }

    @Test func fourHundredObjectsAndTheSmallestAreLearned() throws {
        var objects = try objects()
        objects[0] = (0..<400).map { number in
            let (row, column) = (number / 25 * 4, number % 25 * 3 + number % 2)
            let mask = ObjectMask((row..<row + 2).map { PixelRun(row: $0, start: column, end: column + 2) })
            return AnnotatedObject(trainID: 18, mask: mask)
        }
        let outcome = try Self.outcome(0..<2, objects, MaskRCNN.Config.small)
        #expect(outcome.losses.allSatisfy { $0.isFinite && $0 > 0 })
        #expect(outcome.gradients.allSatisfy { $0.allSatisfy(\.isFinite) })
    }

    @Test func scoresThatAreNoNumbersReachTheLossAndTrapNowhere() throws {
        let tiny = try TinyMaskRCNN()
        let decoder = try tiny.decoder()
        for value in [Float.nan, .infinity] {
            let maps = TinyMaskRCNN.layout.levels.map { level in
                Tensor(repeating: value, shape: [2, 64 / level.stride, 96 / level.stride, level.channels])
            }
            let terms = try decoder.losses(
                FeaturePyramid(TinyMaskRCNN.layout, maps: maps), batch(tiny), in: .evaluation)
            #expect(terms.contains { !$0.loss.item().isFinite })
        }
    }
}

extension MaskRCNN.Config {
    /// `TinyMaskRCNN`'s widths with hardly any samples.
    fileprivate static var small: MaskRCNN.Config {
        var config = TinyMaskRCNN.config
        config.boxes.samples = 40
        config.boxes.positiveShare = 0.25
        return config
    }
}
