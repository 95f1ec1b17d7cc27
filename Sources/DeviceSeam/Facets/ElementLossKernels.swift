/// Losses that are sums over elements, added up in double precision, and their derivatives by the first operand where
/// they are wanted. All operands have as many elements.
package protocol ElementLossKernels {
    /// The sum of `weight * (max(x, 0) - x * target + log(1 + e^-|x|))`; weights are 1 where absent, and where one is 0
    /// nothing is added whatever the logit.
    func binaryCrossEntropy(
        _ logits: FloatArray, targets: FloatArray, weights: FloatArray?, gradient: FloatArray?, into loss: FloatArray)
    /// The sum of `|value - target|`.
    func absoluteError(_ values: FloatArray, targets: FloatArray, gradient: FloatArray?, into loss: FloatArray)
}
