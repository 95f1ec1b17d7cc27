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
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        let rows = shape.dropLast().reduce(1, *)
        let output = Tensor(uninitialized: Array(shape.dropLast()) + [outputs])
        if let bias { Engine.backend.binary(.add, bias, Tensor(0), into: output) }
        Engine.backend.product(
            Matrix(self, rowStride: inputs), Matrix(weight, rowStride: inputs, isTransposed: true),
            into: Matrix(output, rowStride: outputs), rows: rows, columns: outputs, inner: inputs, alpha: 1,
            beta: bias == nil ? 0 : 1)
        let input = Kept(self)
        return output.recorded(from: [self, weight] + (bias.map { [$0] } ?? [])) { upstream, needs in
            // The weight first: what is kept of the input may go before the gradient of the input comes.
            let ofWeight = needs[1]
                ? Tensor.linearWeightGradient(upstream, input: input.take(), shape: weight.shape, rows: rows) : nil
            let ofInput = needs[0]
                ? Tensor.linearInputGradient(upstream, weight: weight, rows: rows).reshapedOffTape(input.shape) : nil
            if needs.count == 2 { return [ofInput, ofWeight] }
            return [ofInput, ofWeight, needs[2] ? upstream.summed(to: [outputs]) : nil]
        }
    }

    /// `dx = dy W`
    private static func linearInputGradient(_ upstream: Tensor, weight: Tensor, rows: Int) -> Tensor {
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        let gradient = Tensor(uninitialized: [rows, inputs])
        Engine.backend.product(
            Matrix(upstream, rowStride: outputs), Matrix(weight, rowStride: inputs),
            into: Matrix(gradient, rowStride: inputs), rows: rows, columns: inputs, inner: outputs, alpha: 1, beta: 0)
        return gradient
    }

    /// `dW = dy^T x`
    private static func linearWeightGradient(_ upstream: Tensor, input: Tensor, shape: [Int], rows: Int) -> Tensor {
        let gradient = Tensor(uninitialized: shape)
        Engine.backend.product(
            Matrix(upstream, rowStride: shape[0], isTransposed: true), Matrix(input, rowStride: shape[1]),
            into: Matrix(gradient, rowStride: shape[1]), rows: shape[0], columns: shape[1], inner: rows, alpha: 1,
            beta: 0)
        return gradient
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
        let l = Matrix(left, rowStride: transposingLeft ? rows : inner, isTransposed: transposingLeft)
        let r = Matrix(right, rowStride: transposingRight ? inner : columns, isTransposed: transposingRight)
        let out = Matrix(output, rowStride: columns)
        if batch == 1 {
            Engine.backend.product(l, r, into: out, rows: rows, columns: columns, inner: inner, alpha: 1, beta: 0)
        } else {
            Engine.backend.batchedProduct(
                l, leftStride: leftStride, r, rightStride: rightStride, into: out, outputStride: rows * columns,
                count: batch, rows: rows, columns: columns, inner: inner, alpha: 1, beta: 0)
        }
    }
}
