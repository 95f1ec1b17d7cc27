extension ProfilingBackend: DataMovementKernels {
    package func copyRows(
        _ input: Tensor, inputStart: Int, inputStride: Int, to output: Tensor, outputStart: Int, outputStride: Int,
        length: Int, rows: Int
    ) {
        timed("copy rows", reads: [], writes: [], otherBytes: 2 * rows * length * MemoryLayout<Float>.stride) {
            base.copyRows(
                input, inputStart: inputStart, inputStride: inputStride, to: output, outputStart: outputStart,
                outputStride: outputStride, length: length, rows: rows)
        }
    }

    package func permute(_ input: Tensor, axes: [Int], into output: Tensor) {
        timed("permute", reads: [input], writes: [output]) { base.permute(input, axes: axes, into: output) }
    }

    package func gatherRows(_ input: Tensor, indices: IndexTensor, length: Int, into output: Tensor) {
        timed(
            "gather rows", reads: [output], writes: [output], otherBytes: indices.count * MemoryLayout<Int32>.stride
        ) {
            base.gatherRows(input, indices: indices, length: length, into: output)
        }
    }

    package func scatterAddRows(_ input: Tensor, indices: IndexTensor, length: Int, into output: Tensor) {
        timed(
            "scatter-add rows", reads: [input, input], writes: [input],
            otherBytes: indices.count * MemoryLayout<Int32>.stride
        ) {
            base.scatterAddRows(input, indices: indices, length: length, into: output)
        }
    }
}
