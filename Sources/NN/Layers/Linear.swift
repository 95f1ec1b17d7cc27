public import TensorEngine

/// `y = x W^T + b` over the last axis, `[…, I] -> […, O]`.
public final class Linear: Module {
    /// `[O, I]`
    public let weight: Parameter
    /// `[O]`
    public let bias: Parameter?

    /// - Parameters:
    ///   - initialization: of weight; PyTorch's default where nil.
    ///   - biasInitialization: of bias; PyTorch's default where nil.
    public init(
        inputs: Int, outputs: Int, hasBias: Bool = true, initialization: Initialization? = nil,
        biasInitialization: Initialization? = nil, in scope: ModuleScope
    ) {
        let standard = Initialization.frameworkDefault(fanIn: inputs)
        weight = scope.parameter("weight", shape: [outputs, inputs], initialization ?? standard)
        bias = hasBias ? scope.parameter("bias", shape: [outputs], biasInitialization ?? standard) : nil
    }

    public var parameters: [(name: String, parameter: Parameter)] {
        [("weight", weight)] + (bias.map { [("bias", $0)] } ?? [])
    }

    public func callAsFunction(_ input: Tensor) -> Tensor { input.linear(weight: weight.value, bias: bias?.value) }
}
