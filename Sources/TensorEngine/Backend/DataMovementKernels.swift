package protocol DataMovementKernels {
    /// Copies `rows` runs of `length` elements, run `i` from `inputStart + i * inputStride` to
    /// `outputStart + i * outputStride`.
    func copyRows(
        _ input: Tensor, inputStart: Int, inputStride: Int, to output: Tensor, outputStart: Int, outputStride: Int,
        length: Int, rows: Int)
    /// `output` is `input` with its axes in the order `axes`.
    func permute(_ input: Tensor, axes: [Int], into output: Tensor)
    /// `output[i] = input[indices[i]]` over rows of `length` elements; a negative index gives zeros.
    func gatherRows(_ input: Tensor, indices: IndexTensor, length: Int, into output: Tensor)
    /// `output[indices[i]] += input[i]` over rows of `length` elements, in order of `i`; negative indices are skipped.
    func scatterAddRows(_ input: Tensor, indices: IndexTensor, length: Int, into output: Tensor)
}
