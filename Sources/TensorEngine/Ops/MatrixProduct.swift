internal import DeviceSeam

extension Tensor {
    /// Matrix product of the last two axes, `[…, M, K] x […, K, N] -> […, M, N]`.
    ///
    /// - Parameters:
    ///   - transposingLeft: reads the left operand as `[…, K, M]`.
    ///   - transposingRight: reads the right operand as `[…, N, K]`.
    /// - Precondition: equal leading axes, or one operand with two axes that all products share.
    public func product(_ right: Tensor, transposingLeft: Bool = false, transposingRight: Bool = false) -> Tensor {
        let plan = ProductPlan(self, right, transposingLeft, transposingRight)
        let output = Tensor(uninitialized: plan.outputShape)
        plan.run(self, right, into: output)
        return output.recorded(from: [self, right]) { upstream, needs in
            [
                needs[0]
                    ? (transposingLeft
                        ? right.product(upstream, transposingLeft: transposingRight, transposingRight: true)
                        : upstream.product(right, transposingRight: !transposingRight)).summed(to: self.shape)
                    : nil,
                needs[1]
                    ? (transposingRight
                        ? upstream.product(self, transposingLeft: true, transposingRight: transposingLeft)
                        : self.product(upstream, transposingLeft: !transposingLeft)).summed(to: right.shape)
                    : nil,
            ]
        }
    }

    /// `x W^T + b` over the last axis, `[…, I] -> […, O]`.
    ///
    /// - Parameters:
    ///   - weight: `[O, I]`.
    ///   - bias: `[O]`.
    public func linear(weight: Tensor, bias: Tensor?) -> Tensor {
        precondition(
            weight.rank == 2 && rank >= 1 && shape[rank - 1] == weight.shape[1],
            "linear: input \(shape) does not fit weight \(weight.shape)")
        precondition(bias == nil || bias?.shape == [weight.shape[0]], "linear: bias must be [\(weight.shape[0])]")
        return projected(weight: weight, bias: bias)
    }

    /// `linear` with a weight of any shape `[O, …]` that has `I` elements for each output.
    func projected(weight: Tensor, bias: Tensor?) -> Tensor {
        let size = LinearSize(
            rows: shape.dropLast().reduce(1, *), inputs: shape[rank - 1], outputs: weight.shape[0])
        let output = Tensor(uninitialized: Array(shape.dropLast()) + [size.outputs])
        Engine.run(size.work("linear", addsBias: bias != nil)) {
            $0.linear(array, weight: weight.array, bias: bias?.array, size, into: output.array)
        }
        let input = Kept(self)
        return output.recorded(from: [self, weight] + (bias.map { [$0] } ?? [])) { upstream, needs in
            // The parameters first: what is kept of the input may go before the gradient of the input comes.
            let ofWeight = needs.place(1, shape: weight.shape)
            let ofBias = needs.place(2, shape: [size.outputs])
            if ofWeight != nil || ofBias != nil {
                let kept = ofWeight.map { _ in input.take() }
                Engine.run(size.work("linear weight gradient", addsBias: ofBias != nil)) {
                    $0.linearParameterGradients(
                        upstream.array, input: kept?.array, size, weight: ofWeight?.sum, bias: ofBias?.sum)
                }
            }
            let ofInput = needs[0] ? upstream.linearInputGradient(weight, size, shape: input.shape) : nil
            return [ofInput, ofWeight?.result] + (needs.count == 3 ? [ofBias?.result] : [])
        }
    }

    /// `dx = dy W`, of an upstream gradient.
    private func linearInputGradient(_ weight: Tensor, _ size: LinearSize, shape: [Int]) -> Tensor {
        let gradient = Tensor(uninitialized: shape)
        Engine.run(size.work("linear input gradient", addsBias: false)) {
            $0.product(
                Matrix(array, rowStride: size.outputs), Matrix(weight.array, rowStride: size.inputs),
                into: Matrix(gradient.array, rowStride: size.inputs), rows: size.rows, columns: size.inputs,
                inner: size.outputs, alpha: 1, beta: 0)
        }
        return gradient
    }
}

extension LinearSize {
    fileprivate func work(_ name: String, addsBias: Bool) -> OperationProfile.Work {
        .product(name, rows: rows, columns: outputs, inner: inputs, otherFloats: addsBias ? outputs : 0)
    }
}

extension OperationProfile.Work {
    /// `count` products of one size.
    fileprivate static func product(
        _ name: String, count: Int = 1, rows: Int, columns: Int, inner: Int, otherFloats: Int = 0
    ) -> Self {
        let shapes = [[rows, inner], [inner, columns]]
        let floats = count * (rows * inner + inner * columns + rows * columns) + otherFloats
        return Self(
            name: name, shapes: count == 1 ? shapes : [[count]] + shapes,
            flops: 2 * Double(count) * Double(rows) * Double(columns) * Double(inner),
            bytes: Double(floats * MemoryLayout<Float>.stride), isProduct: true)
    }
}

/// Sizes of a batched product and how its operands are laid out.
private struct ProductPlan {
    let outputShape: [Int]
    private let (rows, columns, inner): (Int, Int, Int)
    private let (transposingLeft, transposingRight): (Bool, Bool)
    private let (leftStride, rightStride): (Int, Int)
    private let batch: Int

    init(_ left: Tensor, _ right: Tensor, _ transposingLeft: Bool, _ transposingRight: Bool) {
        precondition(left.rank >= 2 && right.rank >= 2, "product: needs matrices, got \(left.shape) and \(right.shape)")
        let l = left.shape.suffix(2).map { $0 }
        let r = right.shape.suffix(2).map { $0 }
        (rows, inner) = transposingLeft ? (l[1], l[0]) : (l[0], l[1])
        columns = transposingRight ? r[0] : r[1]
        let leading = left.rank >= right.rank ? left.shape.dropLast(2) : right.shape.dropLast(2)
        precondition(
            inner == (transposingRight ? r[1] : r[0])
                && (left.rank == 2 || left.shape.dropLast(2) == leading)
                && (right.rank == 2 || right.shape.dropLast(2) == leading),
            "product: shapes \(left.shape) and \(right.shape) do not fit")
        batch = leading.reduce(1, *)
        (leftStride, rightStride) = (left.rank == 2 ? 0 : l[0] * l[1], right.rank == 2 ? 0 : r[0] * r[1])
        outputShape = Array(leading) + [rows, columns]
        (self.transposingLeft, self.transposingRight) = (transposingLeft, transposingRight)
    }

    func run(_ left: Tensor, _ right: Tensor, into output: Tensor) {
        let l = Matrix(left.array, rowStride: transposingLeft ? rows : inner, isTransposed: transposingLeft)
        let r = Matrix(right.array, rowStride: transposingRight ? inner : columns, isTransposed: transposingRight)
        let out = Matrix(output.array, rowStride: columns)
        if batch == 1 {
            Engine.run(.product("product", rows: rows, columns: columns, inner: inner)) {
                $0.product(l, r, into: out, rows: rows, columns: columns, inner: inner, alpha: 1, beta: 0)
            }
        } else {
            Engine.run(.product("batched product", count: batch, rows: rows, columns: columns, inner: inner)) {
                $0.batchedProduct(
                    l, leftStride: leftStride, r, rightStride: rightStride, into: out, outputStride: rows * columns,
                    count: batch, rows: rows, columns: columns, inner: inner, alpha: 1, beta: 0)
            }
        }
    }
}
