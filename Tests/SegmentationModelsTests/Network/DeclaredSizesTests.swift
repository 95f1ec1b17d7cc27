import NN
import SegmentationModels
import TensorEngine
import Testing

/// What an author gets wrong is told at the first pass.
@Suite struct DeclaredSizesTests {
    /// One strided convolution, padded or not, under a stride that is its own or not.
    private final class OneConvolution: Encoder {
        struct Config: EncoderConfig {
            var padding = 1
            var declaredStride = 4
            var layout: FeaturePyramid.Layout { FeaturePyramid.Layout(strides: [declaredStride], channels: [2]) }
            var smallestSide: Int { 8 }
            var weightNames: [WeightNames] { [.own(anchor: "conv.weight")] }
            func makeEncoder(in scope: ModuleScope) -> any Encoder { OneConvolution(self, in: scope) }
        }

        let config: Config
        private let convolution: Conv2d

        init(_ config: Config, in scope: ModuleScope) {
            self.config = config
            convolution = Conv2d(
                inputs: 3, outputs: 2, kernel: 3, stride: 4, padding: config.padding, in: scope.child("conv"))
        }

        var children: [(name: String, module: any Module)] { [("conv", convolution)] }
        var parameterGroups: [ParameterGroup] { encoderParameterGroups }

        func callAsFunction(_ images: Tensor, in context: ForwardContext) -> FeaturePyramid {
            FeaturePyramid(config.layout, maps: [convolution(images)])
        }
    }

    /// Class scores of the map, of every second cell where it is told so.
    private final class OneClassifier: Decoder {
        struct Config: DecoderConfig {
            var stride = 1
            var weightNames: [WeightNames] { [.own(anchor: "conv.weight")] }
            var memory: DecoderMemory { DecoderMemory(kept: 1, passing: 1) }
            func makeDecoder(
                _ inputs: FeaturePyramid.Layout, classCount: Int, in scope: ModuleScope
            ) -> any Decoder { OneClassifier(self, classCount, in: scope) }
            mutating func takeSizes(of file: WeightShapes) throws(WeightsError) -> Int { 1 }
        }

        let config: Config
        private let convolution: Conv2d

        init(_ config: Config, _ classCount: Int, in scope: ModuleScope) {
            self.config = config
            convolution = Conv2d(
                inputs: 2, outputs: classCount, kernel: 1, stride: config.stride, in: scope.child("conv"))
        }

        var children: [(name: String, module: any Module)] { [("conv", convolution)] }
        var parameterGroups: [ParameterGroup] { headParameterGroups }
        func callAsFunction(_ pyramid: FeaturePyramid, in context: ForwardContext) -> Tensor {
            convolution(pyramid.finest)
        }
    }

    private static func run(padding: Int = 1, declaredStride: Int = 4, headStride: Int = 1, side: Int = 17) -> [Int] {
        let network = SegmentationNetwork(
            .init(
                encoder: OneConvolution.Config(padding: padding, declaredStride: declaredStride),
                decoder: OneClassifier.Config(stride: headStride), classCount: 3), in: ModuleScope(seed: 1))
        return network(Tensor.ones([1, side, 24, 3]), in: .evaluation).logits.shape
    }

    @Test func whatIsDeclaredPasses() { #expect(Self.run() == [1, 5, 6, 3]) }

    @Test func mapsOfAnotherSizeThanTheirStrideSaysTrap() async {
        await #expect(processExitsWith: .failure) { _ = DeclaredSizesTests.run(padding: 0) }
        await #expect(processExitsWith: .failure) { _ = DeclaredSizesTests.run(declaredStride: 8) }
    }

    @Test func logitsOfAnotherSizeThanTheFinestMapTrap() async {
        await #expect(processExitsWith: .failure) { _ = DeclaredSizesTests.run(headStride: 2) }
    }
}
