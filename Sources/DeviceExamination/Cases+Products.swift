internal import DeviceSeam

extension KernelCases {
    /// The cases that another way to multiply matrices changes: a library's, or kernels of ours.
    package static func products(_ extent: Extent) -> [KernelCase] {
        let sizes: [(count: Int, rows: Int, columns: Int, inner: Int)] = extent.pick(
            odd: [(1, 1, 1, 1), (2, 5, 3, 7), (2, 3, 4, 0)], small: [(2, 64, 64, 16), (2, 65, 130, 33)],
            network: [(1, 1024, 1024, 1024), (8, 1024, 256, 64), (5, 1024, 64, 256)])
        return sizes.flatMap { size in
            [(false, false), (true, false), (false, true), (true, true)].map { transposed in
                product(size, leftTransposed: transposed.0, rightTransposed: transposed.1)
            }
        }
    }

    private static func product(
        _ size: (count: Int, rows: Int, columns: Int, inner: Int), leftTransposed: Bool, rightTransposed: Bool
    ) -> KernelCase {
        let (count, rows, columns, inner) = size
        let names = (leftTransposed ? "A^T " : "A ") + (rightTransposed ? "B^T" : "B")
        return KernelCase("product", "\(count) of \([rows, columns, inner].sizeText), \(names)") { side in
            let left = Matrix(
                side.random([count, max(1, rows * inner)], seed: 1),
                rowStride: max(1, leftTransposed ? rows : inner), isTransposed: leftTransposed)
            let right = Matrix(
                side.random([count, max(1, columns * inner)], seed: 2),
                rowStride: max(1, rightTransposed ? inner : columns), isTransposed: rightTransposed)
            let (one, all) = (side.random([rows, columns], seed: 3), side.random([count, rows, columns], seed: 3))
            return [
                KernelCall(
                    "product", reads: [left.array, right.array], writes: ["product": one],
                    flops: 2 * rows * columns * inner, within: .sums(of: inner)
                ) {
                    side.backend.product(
                        left, right, into: Matrix(one, rowStride: columns), rows: rows, columns: columns, inner: inner,
                        alpha: 0.5, beta: 1)
                },
                KernelCall(
                    "batchedProduct", reads: [left.array, right.array], writes: ["product": all],
                    flops: 2 * count * rows * columns * inner, within: .sums(of: inner)
                ) {
                    side.backend.batchedProduct(
                        left, leftStride: rows * inner, right, rightStride: columns * inner,
                        into: Matrix(all, rowStride: columns), outputStride: rows * columns, count: count, rows: rows,
                        columns: columns, inner: inner, alpha: 0.5, beta: 1)
                },
            ]
        }
    }

    static func linear(_ extent: Extent) -> [KernelCase] {
        extent.pick(
            odd: [[1, 1, 1], [37, 19, 11]], small: [[256, 32, 128]],
            network: [[16_384, 64, 256], [1024, 320, 1280], [256, 2048, 512]]
        ).map { sizes in
            KernelCase("linear", "\(sizes[0]) rows, \(sizes[1]) to \(sizes[2])") { side in
                let (rows, inputs, outputs) = (sizes[0], sizes[1], sizes[2])
                let size = LinearSize(rows: rows, inputs: inputs, outputs: outputs)
                let (input, upstream) = (side.random([rows, inputs], seed: 1), side.random([rows, outputs], seed: 2))
                let (weights, biases) = (side.random([outputs, inputs], seed: 3), side.random([outputs], seed: 4))
                let output = side.floats([rows, outputs])
                let (weight, bias) = (side.sum([outputs, inputs], seed: 5), side.sum([outputs], seed: 6))
                return [
                    KernelCall(
                        "linear", reads: [input, weights], writes: ["output": output],
                        flops: 2 * rows * inputs * outputs, within: .sums(of: inputs)
                    ) { side.backend.linear(input, weight: weights, bias: biases, size, into: output) },
                    KernelCall(
                        "linearParameterGradients", reads: [upstream, input],
                        writes: ["weight": weight.array, "bias": bias.array], flops: 2 * rows * inputs * outputs,
                        within: .sums(of: rows)
                    ) {
                        side.backend.linearParameterGradients(upstream, input: input, size, weight: weight, bias: bias)
                    },
                ]
            }
        }
    }

    static func movement(_ extent: Extent) -> [KernelCase] {
        extent.pick(odd: [[1, 1, 1], [4, 6, 5]], small: [[16, 17, 33]], network: [[64, 256, 256]]).map { shape in
            KernelCase("movement", shape.sizeText) { side in
                let (rows, length) = (shape[0], shape[1] * shape[2])
                let (input, backend) = (side.random(shape, seed: 1), side.backend)
                let (copied, permuted) = (
                    side.random([rows, length + 2], seed: 9), side.floats([shape[2], shape[0], shape[1]])
                )
                let picks = (0..<rows + 1).map { Int32($0 % 3 == 1 ? -1 : $0 * 7 % rows) }
                let indices = side.array(picks)
                let gathered = side.floats([picks.count, length])
                let (scattered, others) = (
                    side.random([rows, length], seed: 3), side.random([picks.count, length], seed: 4)
                )
                let replaced = side.random([rows, length], seed: 5)
                let once = side.array((0..<rows).map { Int32(rows - 1 - $0) })
                let (start, target) = (
                    RowPlaces(start: 0, stride: length), RowPlaces(start: 1, stride: length + 2)
                )
                let same = KernelCall.Comparison.values(0)
                return [
                    KernelCall("copyRows", reads: [input], writes: ["copied": copied], within: same) {
                        backend.copyRows(
                            input, at: start, to: copied, at: target, length: length, rows: rows, adding: false)
                    },
                    KernelCall("copyRows adding", reads: [input], writes: ["copied": copied], within: same) {
                        backend.copyRows(
                            input, at: start, to: copied, at: target, length: length, rows: rows, adding: true)
                    },
                    KernelCall("permute", reads: [input], writes: ["permuted": permuted], within: same) {
                        backend.permute(input, axes: [2, 0, 1], into: permuted)
                    },
                    KernelCall("gatherRows", reads: [input], writes: ["gathered": gathered], within: same) {
                        backend.gatherRows(input, indices: indices, length: length, into: gathered)
                    },
                    KernelCall("scatterRows adding", reads: [others], writes: ["scattered": scattered]) {
                        backend.scatterRows(others, indices: indices, length: length, into: scattered, adding: true)
                    },
                    KernelCall("scatterRows", reads: [input], writes: ["scattered": replaced], within: same) {
                        backend.scatterRows(input, indices: once, length: length, into: replaced, adding: false)
                    },
                ]
            }
        }
    }
}
