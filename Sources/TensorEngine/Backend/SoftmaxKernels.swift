/// Softmax over the last axis; every output has the shape of the input.
package protocol SoftmaxKernels {
    func softmax(_ input: Tensor, into output: Tensor)
    func softmaxGradient(_ upstream: Tensor, output: Tensor, into gradient: Tensor)
    func logSoftmax(_ input: Tensor, into output: Tensor)
    func logSoftmaxGradient(_ upstream: Tensor, output: Tensor, into gradient: Tensor)
}
