import Foundation
import NN
import TensorEngine
import Testing

/// A network with each kind of kernel that keeps or needs memory of its own: patches, statistics, sums.
private final class TinyNetwork: Module {
    private let convolution: Conv2d
    private let batchNorm: BatchNorm2d
    private let norm: LayerNorm
    private let head: Linear

    init() {
        let scope = ModuleScope(seed: 3)
        convolution = Conv2d(inputs: 3, outputs: 4, kernel: 3, stride: 2, padding: 1, in: scope.child("convolution"))
        batchNorm = BatchNorm2d(4, in: scope.child("batchNorm"))
        norm = LayerNorm(4, epsilon: 1e-5, in: scope.child("norm"))
        head = Linear(inputs: 4, outputs: 3, in: scope.child("head"))
    }

    var children: [(name: String, module: any Module)] {
        [("convolution", convolution), ("batchNorm", batchNorm), ("norm", norm), ("head", head)]
    }

    func callAsFunction(_ images: Tensor, in context: ForwardContext) -> Tensor {
        head(norm(batchNorm(convolution(images), in: context, relu: true)).softmax())
    }
}

@Suite struct SteadyTrainingTests {
    /// In a process of its own: others would take memory beside it.
    @Test func hundredsOfStepsTakeNoMoreMemoryThanThoseBefore() async {
        await #expect(processExitsWith: .success) {
            let network = TinyNetwork()
            let parameters = ParameterSet(network)
            let optimizer = AdamW(
                parameters, groups: [.init(learningRate: 1e-3, weightDecay: 0.01)],
                members: parameters.entries.map { _ in 0 })
            let context = ForwardContext(batchStatistics: .batch(reduce: nil), noise: nil)
            let pixels = (0..<384).map { (index: Int) -> Float in Float(index % 17) / 17 }
            let labels = (0..<128).map { (index: Int) -> Int32 in Int32(index % 3) }
            func step() -> Float {
                parameters.clearGradients()
                let logits = network(Tensor(pixels, shape: [2, 8, 8, 3]), in: context)
                let loss = logits.upsampledCrossEntropy(
                    labels: IndexTensor(labels, shape: [2, 8, 8]), weights: nil, ignoreIndex: 255)
                loss.backward()
                optimizer.step(factor: 1)
                return loss.item()
            }
            try #require(Self.residentBytes > 0)
            let first = step()
            var last = first
            // A thread has its own memory from its first share of the work on, on a busy machine late. A leak grows on.
            let isSteady = (0..<10).contains { _ in
                let (before, resident) = (Engine.memory.statistics, Self.residentBytes)
                for _ in 0..<300 { last = step() }
                let after = Engine.memory.statistics
                return after.bytesInUse == before.bytesInUse && after.bytesReserved == before.bytesReserved
                    && after.systemAllocations == before.systemAllocations
                    // What copies pass through, and what is queued, is the host's.
                    && Self.residentBytes - resident < 1 << 20
            }
            try #require(last < first)
            try #require(isSteady)
        }
    }

    /// Of memory that is the program's own: pages of its file come and go as the machine has room for them.
    fileprivate static var residentBytes: Int {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("RssAnon:") } ?? ""
        return (line.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0) << 10
    }
}
