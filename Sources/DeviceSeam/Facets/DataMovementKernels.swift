/// Equally spaced runs of neighbouring elements.
package struct RowPlaces {
    /// First element of the first run.
    package let start: Int
    /// Elements from one run to the next.
    package let stride: Int

    package init(start: Int, stride: Int) {
        self.start = start
        self.stride = stride
    }
}

package protocol DataMovementKernels {
    /// Copies `rows` runs of `length` elements from their places in one array to those in another, or adds them there.
    func copyRows(
        _ input: FloatArray, at source: RowPlaces, to output: FloatArray, at destination: RowPlaces, length: Int,
        rows: Int, adding: Bool)
    /// `output` is `input` with its axes in the order `axes`.
    func permute(_ input: FloatArray, axes: [Int], into output: FloatArray)
    /// `output[i] = input[indices[i]]` over rows of `length` elements; a negative index gives zeros.
    func gatherRows(_ input: FloatArray, indices: IndexArray, length: Int, into output: FloatArray)
    /// `output[indices[i]] = input[i]` over rows of `length` elements, or `+=`, in order of `i`; negative indices are
    /// skipped.
    func scatterRows(_ input: FloatArray, indices: IndexArray, length: Int, into output: FloatArray, adding: Bool)
}
