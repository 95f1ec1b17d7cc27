import Configuration
import NN
import SegmentationModels
import TensorEngine

/// An encoder that no registry of the house has: what somebody writes who adds one. Two convolutions with batch norm,
/// other strides and channels than MiT's, no layer norms, and one weight that does not decay.
final class TwoConvolutions: Encoder {
    struct Config: Sendable, Equatable {
        var fineChannels = 6
    }

    let config: Config
    private let (convolutions, norms): ([Conv2d], [BatchNorm2d])
    private let scale: Parameter

    init(_ config: Config, in scope: ModuleScope) {
        self.config = config
        let channels = [3] + config.layout.channels
        convolutions = (0..<2).map { level in
            Conv2d(
                inputs: channels[level], outputs: channels[level + 1], kernel: 5, stride: level == 0 ? 4 : 2,
                padding: 2,
                initialization: .kaiming(fanOut: 25 * channels[level + 1]), biasInitialization: .zeros,
                in: scope.child("conv\(level)"))
        }
        norms = (0..<2).map { BatchNorm2d(channels[$0 + 1], in: scope.child("bn\($0)")) }
        scale = scope.parameter("scale", shape: [channels[2]], .ones)
    }

    var parameters: [(name: String, parameter: Parameter)] { [("scale", scale)] }
    var children: [(name: String, module: any Module)] {
        (0..<2).flatMap { [("conv\($0)", convolutions[$0] as any Module), ("bn\($0)", norms[$0])] }
    }

    var parameterGroups: [ParameterGroup] {
        let names = parameterNamesByLayer
        return [
            ParameterGroup("convolutions", learningRate: .encoder, parameters: names.others.filter { $0 != "scale" }),
            ParameterGroup("norms", learningRate: .encoder, weightDecay: .encoderNorms, parameters: names.norms),
            ParameterGroup("scale", learningRate: .encoder, weightDecay: .none, parameters: ["scale"]),
        ]
    }

    func callAsFunction(_ images: Tensor, in context: ForwardContext) -> FeaturePyramid {
        let fine = norms[0](convolutions[0](images), in: context, relu: true)
        let deep = norms[1](convolutions[1](fine), in: context, relu: true) * scale.value
        return FeaturePyramid(config.layout, maps: [fine, deep])
    }
}

extension TwoConvolutions.Config: EncoderConfig {
    var layout: FeaturePyramid.Layout { FeaturePyramid.Layout(strides: [4, 8], channels: [fineChannels, 10]) }
    var smallestSide: Int { 8 }
    var weightNames: [WeightNames] { [.own(anchor: "conv0.weight")] }
    func makeEncoder(in scope: ModuleScope) -> any Encoder { TwoConvolutions(self, in: scope) }
}

extension TwoConvolutions.Config: ConfigurationSection {
    mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("fineChannels", &fineChannels, .closed(1...64))
    }
}
