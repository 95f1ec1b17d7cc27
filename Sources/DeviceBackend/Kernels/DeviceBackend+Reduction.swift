package import DeviceSeam

extension DeviceBackend {
    package func sum(_ input: FloatArray, outer: Int, length: Int, inner: Int, into output: FloatArray) {
        sum(input, outer: outer, length: length, inner: inner, into: GradientSum(output, adds: false))
    }

    func sum(_ input: FloatArray, outer: Int, length: Int, inner: Int, into output: GradientSum) {
        let blocks = Self.blocks(of: length)
        let partial = doubles([outer, blocks, inner])
        context.launch("sum_strided", each: partial.count, [input, partial, length, inner, blocks, partial.count])
        fold(partial, outer: outer, blocks: blocks, inner: inner, into: output)
    }

    package func sumOfSquares(_ input: FloatArray, into output: SumArray) {
        let blocks = Self.blocks(of: input.count, most: 16_384)
        let partial = doubles([blocks])
        context.launch("square_strided", each: blocks, [input, partial, input.count, blocks])
        let folded = blocks > 256 ? refold(partial, blocks) : partial
        context.launch("fold_to_double", each: 1, [folded, output, folded.count, 1, 1])
    }

    /// Adds the shares of each sum in their order.
    ///
    /// - Parameters:
    ///   - partial: `[outer, blocks, stride]`, of which the first `inner` from `start` on are added.
    func fold(
        _ partial: SumArray, start: Int = 0, outer: Int = 1, blocks: Int, inner: Int, stride: Int? = nil,
        into output: GradientSum
    ) {
        context.launch(
            "fold_to_float", each: outer * inner,
            [
                partial.view(from: start, shape: [partial.count - start]), output.array, blocks, inner, stride ?? inner,
                output.adds, outer * inner,
            ])
    }

    /// Adds shares of whole arrays in their order.
    func foldShares(_ partial: FloatArray, _ shares: Int, into output: FloatArray, adding: Bool) {
        context.launch("fold_shares", each: output.count, [partial, output, shares, adding, output.count])
    }

    /// Into how many shares of their own array contributions are cut that meet in places of one array: a function of
    /// sizes alone, of at least 32 contributions a share and bounded memory.
    func shares(of contributions: Int, meetingIn size: Int) -> Int {
        max(1, min(32, contributions / 32, limits.scoreFloats / max(1, size)))
    }

    /// Makes an array from shares of it that begin with zeros.
    ///
    /// - Parameter adding: to what is there; otherwise it is written.
    func gather(
        _ shares: Int, into output: FloatArray, adding: Bool = false, _ kernel: (_ partial: FloatArray) -> Void
    ) {
        guard shares > 1 else {
            if !adding { fill(output, with: 0) }
            return kernel(output)
        }
        let partial = floats([shares, output.count])
        fill(partial, with: 0)
        kernel(partial)
        foldShares(partial, shares, into: output, adding: adding)
    }

    /// Adds shares of one sum to a hundredth as many.
    private func refold(_ partial: SumArray, _ blocks: Int) -> SumArray {
        let groups = (blocks + 127) / 128
        let folded = doubles([groups])
        // The last group may be shorter: it is added on its own.
        let whole = blocks / 128
        context.launch("fold_to_double", each: whole, [partial, folded, 128, 1, whole])
        if whole < groups {
            context.launch(
                "fold_to_double", each: 1,
                [
                    partial.view(from: whole * 128, shape: [blocks - whole * 128]),
                    folded.view(from: whole, shape: [1]), blocks - whole * 128, 1, 1,
                ])
        }
        return folded
    }

    /// A loss from shares that a kernel makes.
    ///
    /// - Parameter kernel: fills `partial` for so many shares of `count` terms.
    func loss(of count: Int, into loss: FloatArray, _ kernel: (_ partial: SumArray, _ blocks: Int) -> Void) {
        let blocks = Self.blocks(of: count, most: 16_384)
        let partial = doubles([blocks])
        kernel(partial, blocks)
        let folded = blocks > 256 ? refold(partial, blocks) : partial
        fold(folded, blocks: folded.count, inner: 1, into: GradientSum(loss, adds: false))
    }
}
