internal import NN
internal import Randomness
internal import SegmentationModels
internal import TensorEngine
internal import Training

/// One supervised training step of a network on random images: forward, cross-entropy at full size, backward, AdamW.
struct StepBenchmark {
    let model: ModelName
    /// Side of the square crops, in pixels.
    let crop: Int
    let batch: Int

    /// Seconds of the parts of one step.
    struct Timing {
        var forward = 0.0
        var backward = 0.0
        var optimizer = 0.0
        /// How often memory was taken from the system.
        var systemAllocations = 0

        var total: Double { forward + backward + optimizer }
    }

    /// - Returns: timings of `steps` steps after `warmup` ones.
    func run(warmup: Int, steps: Int) -> [Timing] {
        var encoder = model.encoderConfig
        encoder.dropPathRate = 0.1
        let config = SegmentationNetwork.Config(encoder: encoder, classCount: Self.classCount)
        let network = SegmentationNetwork(config, in: ModuleScope(seed: 1))
        let parameters = ParameterSet(network)
        let optimizer = AdamW(parameters, groups: [.init(learningRate: 6e-5, weightDecay: 0.01)])
        let images = Tensor(Self.normals(batch * crop * crop * 3), shape: [batch, crop, crop, 3])
        let labels = IndexTensor(Self.labels(batch * crop * crop), shape: [batch, crop, crop])
        let timings = (0..<warmup + steps).map { step in
            timedStep(step, network, parameters, optimizer, images, labels)
        }
        return Array(timings.dropFirst(warmup))
    }

    private func timedStep(
        _ step: Int, _ network: SegmentationNetwork, _ parameters: ParameterSet, _ optimizer: AdamW, _ images: Tensor,
        _ labels: IndexTensor
    ) -> Timing {
        let clock = ContinuousClock()
        let allocations = Engine.memory.statistics.systemAllocations
        let noise = NoiseSource(seed: 1, step: step, pass: "source", slots: Array(0..<batch))
        let context = ForwardContext(batchStatistics: .batch(reduce: nil), noise: noise)
        var timing = Timing()
        var loss = Tensor(0)
        timing.forward = clock.measure {
            parameters.clearGradients()
            let logits = network(images, in: context).logits
            loss = logits.upsampledCrossEntropy(labels: labels, ignoreIndex: 255) * (1 / Float(labels.count))
        }.inSeconds
        timing.backward = clock.measure { loss.backward() }.inSeconds
        timing.optimizer = clock.measure { optimizer.step(factor: 1) }.inSeconds
        timing.systemAllocations = Engine.memory.statistics.systemAllocations - allocations
        return timing
    }

    /// Cityscapes.
    private static let classCount = 19

    /// Roughly normal: sums of uniform numbers, which is enough for timing.
    private static func normals(_ count: Int) -> [Float] {
        var random = RandomStream(seed: 1, "bench images")
        return (0..<count).map { _ in random.uniform() + random.uniform() + random.uniform() - 1.5 }
    }

    private static func labels(_ count: Int) -> [Int32] {
        var random = RandomStream(seed: 1, "bench labels")
        return (0..<count).map { _ in Int32(random.integer(below: classCount)) }
    }
}

extension [StepBenchmark.Timing] {
    /// Medians over the steps.
    var median: StepBenchmark.Timing {
        func median(_ part: (StepBenchmark.Timing) -> Double) -> Double {
            let sorted = map(part).sorted()
            return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
        }
        return StepBenchmark.Timing(
            forward: median(\.forward), backward: median(\.backward), optimizer: median(\.optimizer),
            systemAllocations: map(\.systemAllocations).max() ?? 0)
    }
}
