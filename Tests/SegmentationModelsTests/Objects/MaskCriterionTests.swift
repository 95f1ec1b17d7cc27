import Annotations
import Detection
import ImageIO
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// Losses at given points.
private let lossTolerance: Float = 1e-5
/// Logits at points are products with sampled features here, and samples of products there.
private let lossGradientTolerance: Float = 1e-4

struct MaskCriterionTests {
    private let fixture: SafeTensorsFile
    private let rules: Mask2Former.Criterion

    init() throws {
        fixture = try TinyModels.fixture("mask_criterion")
        var rules = Mask2Former.Criterion()
        rules.points = 60
        self.rules = rules
    }

    /// Points that transformers drew, a list for each prediction.
    private struct RecordedDraws: PointDraws {
        let matching: [[Float]]
        let candidates: [[Float]]
        let fresh: [[Float]]
        /// Of each prediction: matched queries of the images before.
        let firstPairs: [Int]

        func matchingPoints(_ count: Int, image: Int, prediction: Int) -> [Float] {
            Array(matching[prediction][image * 2 * count..<(image + 1) * 2 * count])
        }

        func maskPoints(
            of sampler: PointSampler, pair: Int, image: Int, prediction: Int
        ) -> (candidates: [Float], fresh: [Float]) {
            let row = firstPairs[image] + pair
            let (candidate, new) = (2 * sampler.candidateCount, 2 * sampler.freshCount)
            return (
                Array(candidates[prediction][row * candidate..<(row + 1) * candidate]),
                Array(fresh[prediction][row * new..<(row + 1) * new])
            )
        }
    }

    private func draws() throws -> RecordedDraws {
        func both(_ name: String) throws -> [[Float]] { try (0..<2).map { try fixture.floats("\(name)\($0)") } }
        return RecordedDraws(
            matching: try both("matching"), candidates: try both("candidates"), fresh: try both("fresh"),
            firstPairs: [0, 3, 4])
    }

    private func masks(of image: Int) throws -> [ObjectMask] {
        let pixels = try fixture.integers("object\(image).masks").map { UInt8($0) }
        return (0..<pixels.count / (32 * 48)).map {
            ObjectMask(ofNonzero: LabelMap(
                height: 32, width: 48, channels: 1, pixels: Array(pixels[$0 * 32 * 48..<($0 + 1) * 32 * 48])))
        }
    }

    private func targets() throws -> [MaskTargets] {
        try (0..<3).map { image in
            MaskTargets(
                classes: try fixture.integers("object\(image).labels").map { Int32($0) }, masks: try masks(of: image),
                height: 32, width: 48)
        }
    }

    private func prediction(_ number: Int) throws -> MaskCriterion.QueryOutputs {
        (
            try fixture.tensor("classes\(number)").trackingGradient(),
            try fixture.tensor("embeddings\(number)").trackingGradient()
        )
    }

    @Test(arguments: [0, 1])
    func queriesAreMatchedAsByTransformers(_ number: Int) throws {
        let (classes, embeddings) = try prediction(number)
        let features = try fixture.tensor("features")
        let probabilities = classes.softmax().values()
        let (draws, targets) = (try draws(), try targets())
        var pairs: [MinimumCostAssignment.Pair] = []
        for image in 0..<3 {
            pairs += try MaskMatcher(rules: rules).pairs(
                embeddings.sliced(image..<image + 1, axis: 0).reshaped([6, 5]),
                on: features.sliced(image..<image + 1, axis: 0).reshaped([8, 12, 5]),
                probabilities: probabilities[image * 24..<(image + 1) * 24], targets[image],
                at: draws.matchingPoints(60, image: image, prediction: number))
        }
        // Three objects, one, and of eight as many as there are queries.
        #expect(pairs.count == 3 + 1 + 6)
        #expect(try pairs.map(\.row) == fixture.integers("queries\(number)").map { Int($0) })
        #expect(try pairs.map(\.column) == fixture.integers("objects\(number)").map { Int($0) })
    }

    @Test func lossesAndGradientsOfAllPredictionsAgreeWithTransformers() throws {
        let predictions = [try prediction(0), try prediction(1)]
        let features = try fixture.tensor("features").trackingGradient()
        let sums = MaskCriterion(rules: rules).sums(predictions, on: features, try targets(), try draws())
        // Ten matched queries of weight 1 and eight others; twelve objects.
        let terms = [sums.classes / (10 + 8 * 0.1), sums.masks / 12, sums.dice / 12]
        let (first, second) = (try fixture.floats("losses0"), try fixture.floats("losses1"))
        for (place, term) in terms.enumerated() {
            expectClose([term.item()], [first[place] + second[place]], tolerance: lossTolerance, "term \(place)")
        }
        (terms[0] * 2 + terms[1] * 5 + terms[2] * 5).backward()
        func check(_ leaf: Tensor, _ name: String) throws {
            expectClose(
                try #require(leaf.gradient).values(), try fixture.tensor("gradient.\(name)").values(),
                tolerance: lossGradientTolerance, name)
        }
        try check(features, "features")
        for (number, prediction) in predictions.enumerated() {
            try check(prediction.classes, "classes\(number)")
            try check(prediction.embeddings, "embeddings\(number)")
        }
    }

    @Test func anImageWithoutObjectsTeachesQueriesThatThereAreNone() throws {
        let (prediction, none) = (try prediction(0), MaskTargets(classes: [], masks: [], height: 32, width: 48))
        let features = try fixture.tensor("features").trackingGradient()
        let sums = MaskCriterion(rules: rules).sums([prediction], on: features, [none, none, none], try draws())
        let likelihoods = prediction.classes.logSoftmax().values()
        let expected = stride(from: 3, to: likelihoods.count, by: 4).reduce(0) { $0 - 0.1 * likelihoods[$1] }
        expectClose([sums.classes.item()], [expected], tolerance: lossTolerance)
        #expect(sums.masks.item() == 0 && sums.dice.item() == 0)
    }

    @Test func anObjectWithoutAPixelIsLearnedAsNothing() throws {
        let (prediction, features) = (try prediction(0), try fixture.tensor("features"))
        let empty = MaskTargets(classes: [1], masks: [ObjectMask()], height: 32, width: 48)
        let none = MaskTargets(classes: [], masks: [], height: 32, width: 48)
        let sums = MaskCriterion(rules: rules).sums([prediction], on: features, [empty, none, none], try draws())
        // 1 - 1 / (sum of probabilities + 1) for the one matched query.
        #expect(sums.dice.item() > 0.5 && sums.dice.item() < 1)
        #expect(sums.masks.item() > 0)
    }

    @Test(arguments: ["classes", "embeddings"])
    func outputsThatAreNoNumbersGiveALossThatIsNone(_ which: String) throws {
        var prediction = try prediction(0)
        let shape = which == "classes" ? prediction.classes.shape : prediction.embeddings.shape
        var values = (which == "classes" ? prediction.classes : prediction.embeddings).values()
        values[values.count - 1] = .nan
        let broken = Tensor(values, shape: shape).trackingGradient()
        prediction = which == "classes" ? (broken, prediction.embeddings) : (prediction.classes, broken)
        let features = try fixture.tensor("features")
        let sums = MaskCriterion(rules: rules).sums([prediction], on: features, try targets(), try draws())
        #expect(sums.classes.item().isNaN)
        // It has a gradient, so that the step's backward pass runs on all students.
        sums.classes.backward()
        #expect(prediction.classes.gradient != nil)
    }
}
