import DomainAdaptation
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// `make_text_alignment.py`: two steps of two images of 3x4 cells, 7 classes.
@Suite struct TextAlignmentTests {
    private let fixture: SafeTensorsFile
    private let text: Tensor

    init() throws {
        fixture = try SafeTensorsFile(Fixture.path("adaptation/text_alignment.safetensors"))
        text = Tensor(try fixture.floats("text"), shape: [7, 9])
    }

    static let variants: [(TextAlignment.Similarity, TextAlignment.Distance, TextAlignment.FirstVisit)] = [
        (.covariance, .cosine, .zeros), (.covariance, .l1, .zeros), (.covariance, .l2, .zeros),
        (.cosine, .cosine, .zeros), (.covariance, .cosine, .features),
    ]

    /// The train ids of the cells of one step.
    private func cells(ofStep step: Int) throws -> [UInt8] {
        let pixels = 24 * 32
        let labels = try fixture.integers("labels").map { UInt8($0) }
        return (0..<2).flatMap { image in
            let start = (step * 2 + image) * pixels
            return ClassFeatures.sampled(
                labels: Array(labels[start..<start + pixels]), height: 24, width: 32, rows: 3, columns: 4)
        }
    }

    private func features(ofStep step: Int) throws -> Tensor {
        let count = 2 * 3 * 4 * 6
        let all = try fixture.floats("features")
        return Tensor(Array(all[step * count..<(step + 1) * count]), shape: [2, 3, 4, 6]).trackingGradient()
    }

    @Test func labelsAreThoseOfSinglePixels() throws {
        let sampled = try fixture.integers("sampled").map { UInt8($0) }
        #expect(try cells(ofStep: 0) + cells(ofStep: 1) == sampled)
        // The published size: 1024 pixels, 16 cells.
        let column = (0..<1024).map { UInt8($0 % 251) }
        let rows = try fixture.integers("rows1024").map { column[Int($0)] }
        #expect(ClassFeatures.sampled(labels: column, height: 1024, width: 1, rows: 16, columns: 1) == rows)
    }

    @Test(arguments: variants)
    func lossGradientAndBankAgreeWithTorch(
        similarity: TextAlignment.Similarity, distance: TextAlignment.Distance, firstVisit: TextAlignment.FirstVisit
    ) throws {
        var config = TextAlignment.Config()
        config.decay = 0.3
        (config.similarity, config.distance, config.firstVisit) = (similarity, distance, firstVisit)
        let alignment = TextAlignment(config, text: text, featureWidth: 6)
        let name = "\(similarity)-\(distance)-\(firstVisit)"
        var (losses, gradients): ([Float], [Float]) = ([], [])
        for step in 0..<2 {
            let features = try features(ofStep: step)
            let local = ClassFeatures(features, labels: try cells(ofStep: step), classCount: 7)
            let loss = try #require(alignment.loss(local, totals: ClassFeatureTotals(of: local)))
            loss.backward()
            losses.append(loss.item())
            gradients += features.gradient?.values() ?? []
        }
        // fp32 round-off of sums of a few dozen terms, divided by norms.
        expectClose(losses, try fixture.floats("\(name).losses"), tolerance: 1e-5, "losses")
        expectClose(gradients, try fixture.floats("\(name).gradients"), tolerance: 1e-5, "gradients")
        expectClose(alignment.bank.values(), try fixture.floats("\(name).bank"), tolerance: 1e-6, "bank")
    }

    /// Two ranks with one image each: equal losses, and gradients that are parts of those of one rank with both.
    @Test func sumsOfTwoRanksGiveTheLossOfOne() throws {
        let alignments = (0..<3).map { _ in TextAlignment(.init(), text: text, featureWidth: 6) }
        for step in 0..<2 {
            let (whole, labels) = (try features(ofStep: step), try cells(ofStep: step))
            let parts = (0..<2).map { rank in
                Tensor(Array(whole.values()[rank * 72..<(rank + 1) * 72]), shape: [1, 3, 4, 6]).trackingGradient()
            }
            let all = ClassFeatures(whole, labels: labels, classCount: 7)
            let locals = (0..<2).map { rank in
                ClassFeatures(parts[rank], labels: Array(labels[rank * 12..<(rank + 1) * 12]), classCount: 7)
            }
            // What each rank would send; then each gets the sums of both.
            var sent: [[Double]] = []
            for local in locals { _ = ClassFeatureTotals(of: local) { sent.append($0) } }
            let totals = locals.map { local in
                ClassFeatureTotals(of: local) { $0 = zip(sent[0], sent[1]).map { $0 + $1 } }
            }
            let expected = try #require(alignments[2].loss(all, totals: ClassFeatureTotals(of: all)))
            expected.backward()
            for rank in 0..<2 {
                let loss = try #require(alignments[rank].loss(locals[rank], totals: totals[rank]))
                loss.backward()
                expectClose([loss.item()], [expected.item()], tolerance: 1e-6, "loss of rank \(rank)")
            }
            expectClose(
                parts.flatMap { $0.gradient?.values() ?? [] }, whole.gradient?.values() ?? [], tolerance: 1e-5,
                "gradients")
        }
        expectClose(alignments[0].bank.values(), alignments[2].bank.values(), tolerance: 1e-6, "bank")
        #expect(alignments[0].bank.values() == alignments[1].bank.values())
    }

    /// The method sheet's numbers, by hand: decay 1 makes `g` the features themselves.
    @Test func threeClassesOfFourChannelsGiveTheKnownLoss() throws {
        var config = TextAlignment.Config()
        config.decay = 1
        let words = Tensor([1, 0, 1, 0.5, 0, 1, 1, 0, 2, 1, 1, 0], shape: [3, 4])
        let alignment = TextAlignment(config, text: words, featureWidth: 4)
        let features = Tensor([1, 2, 3, 4, 2, 1, 0, 1, 0, 1, 0, 2], shape: [1, 1, 3, 4]).trackingGradient()
        let local = ClassFeatures(features, labels: [0, 1, 2], classCount: 3)
        let loss = try #require(alignment.loss(local, totals: ClassFeatureTotals(of: local)))
        loss.backward()
        #expect(abs(loss.item() - 0.2260104) < 1e-6)
        let expected: [Float] = [
            -0.130997, -0.027410, 0.047756, 0.110651, -0.011788, 0.013725, 0.039238, -0.041176, 0.083563, -0.042064,
            0.111983, -0.153482,
        ]
        expectClose(features.gradient?.values() ?? [], expected, tolerance: 1e-5)
    }

    @Test func oneClassHasNoCosineLossAndStillMovesTheBank() {
        let alignment = TextAlignment(.init(), text: text, featureWidth: 2)
        let features = Tensor([1, 3], shape: [1, 1, 1, 2]).trackingGradient()
        let local = ClassFeatures(features, labels: [4], classCount: 7)
        #expect(alignment.loss(local, totals: ClassFeatureTotals(of: local)) == nil)
        #expect(Array(alignment.bank.values()[8..<10]) == [0.5, 1.5])
        let ignored = ClassFeatures(features, labels: [255], classCount: 7)
        #expect(alignment.loss(ignored, totals: ClassFeatureTotals(of: ignored)) == nil)
    }
}
