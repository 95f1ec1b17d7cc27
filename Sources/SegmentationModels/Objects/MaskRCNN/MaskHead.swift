import NN
import TensorEngine

/// The outline of the object in a box, one mask for each class (He et al., arXiv:1703.06870, section 3): 3x3
/// convolutions, a transposed one that doubles the size, and a 1x1 one.
///
/// Children carry mmdetection's names.
final class MaskHead: Module {
    private let convolutions: [Conv2d]
    private let upsampling: ConvTranspose2x2
    private let classifier: Conv2d

    /// - Parameters:
    ///   - inputs: channels of the maps.
    ///   - things: classes of objects.
    init(_ config: MaskRCNN.Masks, inputs: Int, things: Int, in scope: ModuleScope) {
        let width = config.width
        convolutions = (0..<config.convolutions).map { layer in
            Conv2d(
                inputs: layer == 0 ? inputs : width, outputs: width, kernel: 3, padding: 1,
                initialization: .kaiming(fanOut: 9 * width), biasInitialization: .zeros,
                in: scope.child(Self.convolutionName(layer)))
        }
        let channels = config.convolutions == 0 ? inputs : width
        // PyTorch takes the inputs of a transposed convolution for its outputs.
        upsampling = ConvTranspose2x2(
            inputs: channels, outputs: width, initialization: .kaiming(fanOut: 4 * channels),
            biasInitialization: .zeros, in: scope.child("upsample"))
        classifier = Conv2d(
            inputs: width, outputs: things, kernel: 1, initialization: .kaiming(fanOut: things),
            biasInitialization: .zeros, in: scope.child("conv_logits"))
    }

    private static func convolutionName(_ layer: Int) -> String { "convs.\(layer).conv" }
    static func convolutionWeightName(_ layer: Int) -> String { "\(convolutionName(layer)).weight" }

    var children: [(name: String, module: any Module)] {
        convolutions.enumerated().map { (Self.convolutionName($0), $1) }
            + [("upsample", upsampling), ("conv_logits", classifier)]
    }

    /// - Parameter features: `[R, size, size, inputs]`.
    /// - Returns: logits of belonging to the object, `[R, 2 size, 2 size, things]`.
    func callAsFunction(_ features: Tensor) -> Tensor {
        let map = convolutions.reduce(features) { $1($0).relu() }
        return classifier(upsampling(map).relu())
    }
}
