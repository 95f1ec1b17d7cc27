/// Activation functions, element by element; every output has the shape of the input.
package protocol ActivationKernels {
    /// `x * P(Z <= x)`, Z standard normal.
    func gelu(_ input: FloatArray, into output: FloatArray)
    func geluGradient(_ upstream: FloatArray, input: FloatArray, into gradient: FloatArray)
    /// `max(x, 0)`
    func relu(_ input: FloatArray, into output: FloatArray)
    func reluGradient(_ upstream: FloatArray, output: FloatArray, into gradient: FloatArray)
    /// `1 / (1 + e^-x)`
    func sigmoid(_ input: FloatArray, into output: FloatArray)
    func sigmoidGradient(_ upstream: FloatArray, output: FloatArray, into gradient: FloatArray)
}
