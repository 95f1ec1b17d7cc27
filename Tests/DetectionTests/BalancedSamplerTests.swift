import Detection
import Randomness
import Testing

struct BalancedSamplerTests {
    private let sampler = BalancedSampler(count: 16, positiveShare: 0.25)

    private func assignment(positives: Int, negatives: Int) -> Assignment {
        Assignment(objects: (0..<positives + negatives + 5).map {
            $0 < 5 ? Assignment.ignored : $0 < 5 + positives ? Int32($0) : Assignment.negative
        })
    }

    private func stream(slot: Int = 0, step: Int = 7) -> RandomStream {
        RandomStream(seed: 1, .proposals(ofPass: "source"), step: step, rank: slot)
    }

    @Test func positivesAreLimitedToTheirShare() {
        var random = stream()
        let sample = sampler.sample(assignment(positives: 30, negatives: 30), using: &random)
        #expect(sample.positives.count == 4)
        #expect(sample.negatives.count == 12)
        #expect(sample.positives.allSatisfy { (5..<35).contains($0) } && Set(sample.positives).count == 4)
        #expect(sample.negatives.allSatisfy { $0 >= 35 } && Set(sample.negatives).count == 12)
        #expect(sample.positives == sample.positives.sorted() && sample.negatives == sample.negatives.sorted())
    }

    @Test func negativesFillUpWherePositivesAreFew() {
        var random = stream()
        let sample = sampler.sample(assignment(positives: 1, negatives: 30), using: &random)
        #expect(sample.positives == [5])
        #expect(sample.negatives.count == 15)
    }

    @Test func whereThereAreNoMoreThanWantedAllAreTaken() {
        var random = stream()
        let untouched = random
        let sample = sampler.sample(assignment(positives: 3, negatives: 6), using: &random)
        #expect(sample.positives == [5, 6, 7])
        #expect(sample.negatives == [8, 9, 10, 11, 12, 13])
        var (left, right) = (random, untouched)
        #expect(left.next32() == right.next32())
    }

    @Test func imagesWithoutPositivesOrNegativesAreSampled() {
        var random = stream()
        #expect(sampler.sample(assignment(positives: 0, negatives: 3), using: &random).count == 3)
        #expect(sampler.sample(assignment(positives: 9, negatives: 0), using: &random).count == 4)
        #expect(sampler.sample(Assignment(objects: []), using: &random).count == 0)
    }

    @Test func drawsDifferBySlotAndStepAndRepeat() {
        func sample(_ random: RandomStream) -> BalancedSampler.Sample {
            var random = random
            return sampler.sample(assignment(positives: 30, negatives: 300), using: &random)
        }
        #expect(sample(stream()) == sample(stream()))
        #expect(sample(stream()) != sample(stream(slot: 1)))
        #expect(sample(stream()) != sample(stream(step: 8)))
    }

    /// Each of 30 positives is drawn with probability 4/30: in 3000 draws 400 times, deviation 19.
    @Test func everyPositiveIsAsLikely() {
        var counts = [Int](repeating: 0, count: 40)
        for step in 0..<3000 {
            var random = stream(step: step)
            for place in sampler.sample(assignment(positives: 30, negatives: 0), using: &random).positives {
                counts[place] += 1
            }
        }
        #expect(counts[5..<35].allSatisfy { (300...500).contains($0) })
    }
}
