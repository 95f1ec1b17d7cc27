import DataLoading
import Datasets
import Testing
import _TestSupport

/// Pixels by image and train id.
private func statistics(_ counts: [[Int]]) -> ClassStatistics {
    ClassStatistics(
        labelSpace: .cityscapes19,
        images: counts.enumerated().map { index, row in
            let present = row.enumerated().filter { $1 > 0 }.map { ($0, $1) }
            return .init(file: "\(index).png", pixelCounts: Dictionary(uniqueKeysWithValues: present))
        })
}

@Suite struct SamplePlanTests {
    private let plan = SamplePlan(seed: 1, globalBatch: 4, sourceCount: 6)

    @Test func listsAreThoseOfTheDocumentation() {
        let steps = (0..<3).map { step in (0..<4).map { plan.sample(.source, step: step, slot: $0).index } }
        #expect(steps == [[5, 4, 1, 3], [0, 2, 1, 0], [3, 5, 2, 4]])
    }

    @Test func everySourceImageOccursOnceAnEpoch() {
        let large = SamplePlan(seed: 9, globalBatch: 3, sourceCount: 101)
        let positions = (0..<202).map { large.sample(.source, step: $0 / 3, slot: $0 % 3).index }
        #expect(positions.prefix(101).sorted() == Array(0..<101))
        #expect(positions.suffix(101).sorted() == Array(0..<101))
        #expect(Array(positions.prefix(101)) != Array(positions.suffix(101)))
    }

    /// Source images go round in shuffles; partners are drawn anew, or stay.
    @Test func partnersAreRedrawnOrFixed() {
        func pairs(_ pairing: TargetPairing, targets: Int) -> [(source: Int, target: Int)] {
            let plan = SamplePlan(seed: 2, globalBatch: 3, sourceCount: 6, targetCount: targets, pairing: pairing)
            return (0..<60).map { position in
                let (step, slot) = (position / 3, position % 3)
                return (
                    plan.sample(.source, step: step, slot: slot).index,
                    plan.sample(.target, step: step, slot: slot).index
                )
            }
        }
        for (pairing, targets) in [(TargetPairing.redrawn, 4), (.fixed, 4), (.fixed, 9)] {
            let all = pairs(pairing, targets: targets)
            for epoch in 0..<10 { #expect(all[6 * epoch..<6 * epoch + 6].map(\.source).sorted() == Array(0..<6)) }
            if pairing == .fixed { #expect(all.allSatisfy { $0.target == $0.source % targets }) }
        }
        let redrawn = pairs(.redrawn, targets: 9)
        #expect(Set(redrawn.map(\.target)) == Set(0..<9))
        #expect(Set(redrawn.filter { $0.source == 3 }.map(\.target)).count > 3)
    }

    @Test func everyPairOccursOnceAnEpoch() {
        let pairs = SamplePlan(seed: 2, globalBatch: 7, sourceCount: 5, targetCount: 7)
        let seen = Set(
            (0..<35).map { position in
                let source = pairs.sample(.source, step: position / 7, slot: position % 7)
                let target = pairs.sample(.target, step: position / 7, slot: position % 7)
                return source.index * 7 + target.index
            })
        #expect(seen.count == 35)
    }

    @Test func publishedDataSetsNeedNoListOfTheirPairs() {
        let published = SamplePlan(seed: 1, globalBatch: 2, sourceCount: 24_966, targetCount: 2975)
        let indices = (0..<1000).map { published.sample(.target, step: $0, slot: 0).index }
        #expect(Set(indices).count > 800)
        #expect(indices.allSatisfy { (0..<2975).contains($0) })
    }

    @Test func aSlotIsTheSameWhateverTheSeedOfAnotherSlot() {
        let again = SamplePlan(seed: 1, globalBatch: 4, sourceCount: 6)
        #expect(plan.sample(.source, step: 5, slot: 2) == again.sample(.source, step: 5, slot: 2))
        let other = SamplePlan(seed: 2, globalBatch: 4, sourceCount: 6)
        let lists = [plan, other].map { plan in (0..<20).map { plan.sample(.source, step: $0, slot: 0).index } }
        #expect(lists[0] != lists[1])
    }

    @Test func halfOfTheSamplesAreFlippedAndNoneOrAllOnRequest() {
        func flips(_ probability: Double) -> Int {
            let plan = SamplePlan(seed: 3, globalBatch: 1, sourceCount: 9, flipProbability: probability)
            return (0..<1000).filter { plan.sample(.source, step: $0, slot: 0).isFlipped }.count
        }
        // Five standard deviations of a fair coin.
        #expect(abs(flips(0.5) - 500) < 80)
        #expect(flips(0) == 0)
        #expect(flips(1) == 1000)
    }

    @Test func replacementsDifferByAttemptAndForgetTheRareClass() throws {
        var config = RareClassSampler.Config()
        config.minPixels = 1
        let sampler = try RareClassSampler(statistics([[10, 0], [0, 10]]), config: config)
        let plan = SamplePlan(seed: 1, globalBatch: 1, sourceCount: 1000, rareClassSampler: sampler)
        let attempts = (0..<4).map { plan.sample(.source, step: 7, slot: 0, attempt: $0) }
        #expect(attempts[0].rareClass != nil)
        #expect(attempts.dropFirst().allSatisfy { $0.rareClass == nil })
        #expect(Set(attempts.map(\.index)).count == 4)
    }
}

@Suite struct RareClassSamplerTests {
    /// Class 0 common, class 1 rare, class 2 only in traces, class 3 nowhere.
    private let counts = [[9000, 0, 10, 0], [5000, 4000, 0, 0], [9000, 500, 0, 0]]

    @Test func probabilitiesAreTheSoftmaxOfTheRarity() throws {
        var config = RareClassSampler.Config()
        config.temperature = 0.5
        let sampler = try RareClassSampler(statistics(counts), config: config)
        let total = 27_510.0
        let scores = [(1 - 23_000 / total) / 0.5, (1 - 4500 / total) / 0.5]
        let expected = 1 / (1 + exponential(scores[0] - scores[1]))
        #expect(abs(sampler.probabilities[1] - expected) < 1e-12)
        #expect(abs(sampler.probabilities.reduce(0, +) - 1) < 1e-12)
        #expect(sampler.probabilities[2] == 0 && sampler.probabilities[3] == 0)
        #expect(sampler.unreachableClasses == [2])
    }

    @Test func imagesOfAClassHaveMoreThanTheLeastPixels() throws {
        let sampler = try RareClassSampler(statistics(counts))
        let plan = SamplePlan(seed: 4, globalBatch: 1, sourceCount: 3, targetCount: 5, rareClassSampler: sampler)
        for step in 0..<200 {
            let sample = plan.sample(.source, step: step, slot: 0)
            let rareClass = try #require(sample.rareClass)
            #expect(counts[sample.index][rareClass] > 3000)
        }
        let targets = Set((0..<200).map { plan.sample(.target, step: $0, slot: 0).index })
        #expect(targets == [0, 1, 2, 3, 4])
    }

    @Test func tellsTheRemedyWhenNoImageShowsEnough() {
        #expect {
            try RareClassSampler(statistics([[100, 3000]]))
        } throws: { error in
            "\(error)".contains("lower data.rareClassSampling.minPixels")
        }
    }

    private func exponential(_ x: Double) -> Double {
        // Taylor series: enough for arguments of a few units, and independent of the code under test.
        (1...60).reversed().reduce(1.0) { 1 + x / Double($1) * $0 }
    }
}
