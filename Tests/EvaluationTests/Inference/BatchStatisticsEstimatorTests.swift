import Evaluation
import NN
import TensorEngine
import Testing

/// Two normalisations in a row; the children are what the estimator has to find.
private final class TwoNorms: Module {
    let first = BatchNorm2d(2, in: ModuleScope(seed: 1).child("first"))
    let second = BatchNorm2d(2, in: ModuleScope(seed: 1).child("second"))
    var children: [(name: String, module: any Module)] { [("first", first), ("second", second)] }

    func callAsFunction(_ map: Tensor, in context: ForwardContext) -> Tensor {
        second(first(map, in: context), in: context)
    }
}

@Suite struct BatchStatisticsEstimatorTests {
    /// Two channels: 4 images of 2 pixels.
    private let values: [Float] = [1, 10, 3, 10, 5, 20, 7, 40, 2, 0, 2, 0, 8, 4, 4, 12]

    private func images(_ range: Range<Int>) -> Tensor {
        Tensor(Array(values[range.lowerBound * 4..<range.upperBound * 4]), shape: [range.count, 1, 2, 2])
    }

    private func moments(_ batches: [Range<Int>], channel: Int) -> (mean: Double, variance: Double) {
        var (count, sum, squares) = (0.0, 0.0, 0.0)
        for batch in batches {
            let part = values[batch.lowerBound * 4..<batch.upperBound * 4].enumerated()
                .filter { $0.offset % 2 == channel }.map { Double($0.element) }
            let mean = part.reduce(0, +) / Double(part.count)
            let variance = part.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(part.count - 1)
            count += Double(batch.count)
            sum += Double(batch.count) * mean
            squares += Double(batch.count) * (variance + mean * mean)
        }
        return (sum / count, squares / count - sum / count * sum / count)
    }

    @Test(arguments: [[0..<4], [0..<2, 2..<4], [0..<3, 3..<4]]) func statisticsAreThoseOfAllImages(
        batches: [Range<Int>]
    ) {
        let network = TwoNorms()
        var estimator = BatchStatisticsEstimator(network)
        for batch in batches { estimator.observe(images(batch)) { _ = network($0, in: $1) } }
        estimator.apply()
        for channel in 0..<2 {
            let expected = moments(batches, channel: channel)
            // a few roundings in single precision of values up to 40 and squares up to 1600
            #expect(abs(Double(network.first.runningMean.values()[channel]) - expected.mean) < 1e-5)
            #expect(abs(Double(network.first.runningVariance.values()[channel]) - expected.variance) < 1e-3)
        }
        // What comes out of the first norm has mean 0; the second sees it so.
        #expect(network.second.runningMean.values().allSatisfy { abs($0) < 1e-5 })
    }

    @Test func sharesOfWorkersAddUp() {
        let (whole, part) = (TwoNorms(), TwoNorms())
        var single = BatchStatisticsEstimator(whole)
        for batch in [0..<2, 2..<4] { single.observe(images(batch)) { _ = whole($0, in: $1) } }
        single.apply()
        var first = BatchStatisticsEstimator(part)
        var second = BatchStatisticsEstimator(part)
        first.observe(images(0..<2)) { _ = part($0, in: $1) }
        second.observe(images(2..<4)) { _ = part($0, in: $1) }
        first.sums = zip(first.sums, second.sums).map { $0 + $1 }
        first.apply()
        for (one, other) in zip(whole.namedBuffers, part.namedBuffers) {
            #expect(one.buffer.values() == other.buffer.values())
        }
    }

    @Test func weightsStayAndASnapshotBringsTheStatisticsBack() {
        let network = TwoNorms()
        let (weights, buffers) = (
            network.namedParameters.map { $0.parameter.value.values() }, network.namedBuffers.map { $0.buffer.values() }
        )
        let trained = BufferSnapshot(of: network)
        var estimator = BatchStatisticsEstimator(network)
        estimator.observe(images(0..<4)) { _ = network($0, in: $1) }
        estimator.apply()
        #expect(network.namedBuffers.map { $0.buffer.values() } != buffers)
        #expect(network.namedParameters.map { $0.parameter.value.values() } == weights)
        trained.restore()
        #expect(network.namedBuffers.map { $0.buffer.values() } == buffers)
    }

    @Test func anEmptyBatchChangesNothing() {
        let network = TwoNorms()
        var estimator = BatchStatisticsEstimator(network)
        estimator.observe(images(0..<0)) { _ = network($0, in: $1) }
        #expect(estimator.sums.allSatisfy { $0 == 0 })
    }
}
