public import TensorEngine

/// Transposed convolution with kernel 2 and stride 2, `[B, h, w, I] -> [B, 2 h, 2 w, O]`: each pixel becomes 2 x 2.
///
/// The weight is `[I, 2, 2, O]`, in files `[I, O, 2, 2]` as PyTorch's `ConvTranspose2d` has it: like every weight with
/// four axes, the last one stands second there.
public final class ConvTranspose2x2: Module {
    /// `[I, 2, 2, O]`
    public let weight: Parameter
    /// `[O]`
    public let bias: Parameter?

    /// - Parameters:
    ///   - initialization: of weight; PyTorch's default where nil, which counts the outputs as the fan-in.
    ///   - biasInitialization: of bias; PyTorch's default where nil.
    public init(
        inputs: Int, outputs: Int, hasBias: Bool = true, initialization: Initialization? = nil,
        biasInitialization: Initialization? = nil, in scope: ModuleScope
    ) {
        let standard = Initialization.frameworkDefault(fanIn: 4 * outputs)
        weight = scope.parameter("weight", shape: [inputs, 2, 2, outputs], initialization ?? standard)
        bias = hasBias ? scope.parameter("bias", shape: [outputs], biasInitialization ?? standard) : nil
    }

    public var parameters: [(name: String, parameter: Parameter)] {
        [("weight", weight)] + (bias.map { [("bias", $0)] } ?? [])
    }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        input.transposedConvolution2x2(weight: weight.value, bias: bias?.value)
    }
}
