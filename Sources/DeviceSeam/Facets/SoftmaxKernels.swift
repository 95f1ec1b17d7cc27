/// Softmax over the last axis; every output has the shape of the input.
package protocol SoftmaxKernels {
    func softmax(_ input: FloatArray, into output: FloatArray)
    func softmaxGradient(_ upstream: FloatArray, output: FloatArray, into gradient: FloatArray)
    func logSoftmax(_ input: FloatArray, into output: FloatArray)
    func logSoftmaxGradient(_ upstream: FloatArray, output: FloatArray, into gradient: FloatArray)
}
