import DataLoading
import Datasets
import Randomness
import Testing
import _TestSupport

@Suite struct DomainSharesTests {
    /// 10 images of one part and 2 of another, which is drawn three times as often.
    private let shares = DomainShares(counts: [10, 2], shares: [0.25, 0.75])

    private func plan(_ sampler: RareClassSampler? = nil, shares: DomainShares?) -> SamplePlan {
        SamplePlan(
            seed: 3, globalBatch: 4, sourceCount: 12, targetCount: 12, rareClassSampler: sampler, sourceShares: shares,
            targetShares: shares)
    }

    private func share(_ plan: SamplePlan, _ domain: SampleDomain) -> Double {
        let drawn = (0..<500).flatMap { step in (0..<4).map { plan.sample(domain, step: step, slot: $0).index } }
        #expect(Set(drawn) == Set(0..<12))
        return Double(drawn.count { $0 >= 10 }) / Double(drawn.count)
    }

    @Test func imagesAreDrawnByTheSharesOfTheirParts() {
        for domain in SampleDomain.allCases {
            #expect(abs(share(plan(shares: shares), domain) - 0.75) < 0.05)
            #expect(abs(share(plan(shares: nil), domain) - 2.0 / 12) < 0.05)
        }
    }

    @Test func rareClassesAreDrawnBySharesToo() throws {
        let images = (0..<12).map { ClassStatistics.Image(file: "\($0)", pixelCounts: [0: 9]) }
        let statistics = ClassStatistics(labelSpace: .camvid11, images: images)
        var config = RareClassSampler.Config()
        config.minPixels = 1
        let sampler = try RareClassSampler(statistics, config: config, shares: shares)
        #expect(abs(share(plan(sampler, shares: shares), .source) - 0.75) < 0.05)
    }

    /// Half of all draws are of two images of class 1, however many there are of class 0: both are as rare.
    @Test func classesAreAsRareAsTheyAreDrawn() throws {
        let images = (0..<12).map { ClassStatistics.Image(file: "\($0)", pixelCounts: [$0 < 10 ? 0 : 1: 9]) }
        let statistics = ClassStatistics(labelSpace: .camvid11, images: images)
        var config = RareClassSampler.Config()
        config.minPixels = 1
        let even = DomainShares(counts: [10, 2], shares: [0.5, 0.5])
        let sampler = try RareClassSampler(statistics, config: config, shares: even)
        #expect(abs(sampler.probabilities[0] - 0.5) < 1e-9 && abs(sampler.probabilities[1] - 0.5) < 1e-9)
        #expect(abs(statistics.frequencies(weighing: even.imageWeights)[1] - 0.5) < 1e-9)
        #expect(try RareClassSampler(statistics, config: config).probabilities[1] > 0.99)
        #expect(try RareClassSampler(statistics, config: config, shares: shares).probabilities[0] > 0.99)
    }

    @Test func aClassThatOnePartHasIsDrawnFromIt() throws {
        let images = (0..<12).map { ClassStatistics.Image(file: "\($0)", pixelCounts: [$0 < 10 ? 1 : 0: 9]) }
        var config = RareClassSampler.Config()
        config.minPixels = 1
        let sampler = try RareClassSampler(
            ClassStatistics(labelSpace: .camvid11, images: images), config: config, shares: shares)
        var random = RandomStream(seed: 1, "test")
        for _ in 0..<50 {
            let drawn = sampler.draw(using: &random)
            #expect((drawn.image < 10) == (drawn.trainID == 1))
        }
    }
}
