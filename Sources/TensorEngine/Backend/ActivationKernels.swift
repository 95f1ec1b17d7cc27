/// Activation functions, element by element; every output has the shape of the input.
package protocol ActivationKernels {
    /// `x * P(Z <= x)`, Z standard normal.
    func gelu(_ input: Tensor, into output: Tensor)
    func geluGradient(_ upstream: Tensor, input: Tensor, into gradient: Tensor)
    /// `max(x, 0)`
    func relu(_ input: Tensor, into output: Tensor)
    func reluGradient(_ upstream: Tensor, output: Tensor, into gradient: Tensor)
    /// `1 / (1 + e^-x)`
    func sigmoid(_ input: Tensor, into output: Tensor)
    func sigmoidGradient(_ upstream: Tensor, output: Tensor, into gradient: Tensor)
}
