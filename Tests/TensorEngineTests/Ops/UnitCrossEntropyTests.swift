import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// The pixel-text loss without the upsampled vectors, against the literal form.
@Suite struct UnitCrossEntropyTests {
    /// Computed by PyTorch with all upsampled vectors in double precision.
    @Test(arguments: [
        "stride_four", "odd", "many_rows", "equal_sizes", "downsampled", "one_cell", "one_row", "one_column",
        "to_one_pixel",
    ])
    func valuesAndGradientsAreThoseOfTheLiteralForm(_ name: String) throws {
        let golden = try GoldenOperation("unit_cross_entropy", name)
        let labels = try labels(golden)
        try golden.expect(inputs: ["input", "rows"], tolerance: 1e-5) {
            $0[0].upsampledUnitCrossEntropy(
                rows: $0[1], labels: labels, ignored: (label: 255, row: $0[1].shape[0] - 1))
        }
    }

    private func labels(_ golden: GoldenOperation) throws -> IndexTensor {
        IndexTensor(
            try golden.file.integers("\(golden.name).labels").map { Int32($0) },
            shape: try golden.file.entry("\(golden.name).labels").shape)
    }

    /// Several bands, odd sizes and channels beside whole vectors of the processor.
    @Test(arguments: [(3, 61, 83), (16, 70, 67), (50, 131, 29)])
    func largeMapsAgreeWithTheWholeMap(_ channels: Int, _ height: Int, _ width: Int) {
        let vectors = pseudoRandomTensor([2, (height + 3) / 4, (width + 3) / 4, channels], seed: 1, in: -0.5...1)
        let rows = pseudoRandomTensor([7, channels], seed: 2, in: -9...9)
        let labels = (0..<2 * height * width).map { Int32($0 * 5 % 7) }
        let (sum, gradients) = evaluate([vectors, rows], Tensor(0.25)) {
            $0[0].upsampledUnitCrossEntropy(
                rows: $0[1], labels: IndexTensor(labels.map { $0 == 6 ? 255 : $0 }, shape: [2, height, width]),
                ignored: (label: 255, row: 6))
        }
        let (whole, wholeGradients) = evaluate([vectors, rows], Tensor(0.25)) {
            let large = $0[0].resized(height: height, width: width, mode: .bilinear(alignCorners: true))
            let unit = large / large.squared().sum([3], keepingAxes: true).squareRoot()
            return unit.linear(weight: $0[1], bias: nil)
                .crossEntropy(labels: IndexTensor(labels, shape: [2, height, width]))
        }
        expectClose(sum, whole, tolerance: 2e-6)
        for (ours, theirs) in zip(gradients, wholeGradients) { expectClose(ours, theirs, tolerance: 2e-5) }
    }

    @Test func gradientsAgreeWithDifferences() {
        let labels = IndexTensor([0, 2, 255, 1, 1, 0, 2, 2, 1, 255], shape: [1, 2, 5])
        let (vectors, rows) = (pseudoRandomTensor([1, 2, 3, 4], seed: 1), pseudoRandomTensor([4, 4], seed: 2))
        checkGradients([vectors, rows], tolerance: 2e-2) {
            $0[0].upsampledUnitCrossEntropy(rows: $0[1], labels: labels, ignored: (label: 255, row: 3))
        }
    }

    /// A vector of zeros has no direction: every row is as likely, and nothing moves but by what its neighbours say.
    @Test func vectorsOfZerosHaveFiniteGradients() {
        let vectors = Tensor.zeros([1, 3, 3, 5]).trackingGradient()
        let labels = IndexTensor([Int32](repeating: 1, count: 144), shape: [1, 12, 12])
        let rows = pseudoRandomTensor([4, 5], seed: 2)
        let loss = vectors.upsampledUnitCrossEntropy(rows: rows, labels: labels, ignored: (label: 255, row: 3))
        loss.backward()
        expectClose([loss.item() / 144], [1.3862944], tolerance: 1e-6)
        #expect(vectors.gradient?.values().allSatisfy(\.isFinite) == true)
    }

    /// One that upsampling leaves as it is has the same loss whatever its length.
    @Test func lengthsDoNotCount() {
        let (vectors, rows) = (pseudoRandomTensor([1, 3, 2, 6], seed: 1), pseudoRandomTensor([3, 6], seed: 2))
        let labels = IndexTensor((0..<96).map { Int32($0 % 3) }, shape: [1, 12, 8])
        func loss(_ scale: Float) -> Float {
            (vectors * scale).upsampledUnitCrossEntropy(rows: rows, labels: labels, ignored: (label: 255, row: 2))
                .item()
        }
        #expect(abs(loss(1000) - loss(1)) < 1e-4 * loss(1))
    }

    @Test func aLabelWithoutARowStopsTheProgramAndSaysSo() async throws {
        let result = try await #require(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            _ = Tensor.ones([1, 1, 1, 2]).upsampledUnitCrossEntropy(
                rows: Tensor.ones([3, 2]), labels: IndexTensor([0, 7, -1], shape: [1, 1, 3]),
                ignored: (label: 255, row: 2))
            _ = Tensor.zeros([1]).values()
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(text.contains("crossEntropy: 2 labels are neither one of 3 classes nor ignored"))
    }

    @Test func noImagesGiveZero() {
        let vectors = Tensor.zeros([0, 2, 2, 3]).trackingGradient()
        let loss = vectors.upsampledUnitCrossEntropy(
            rows: Tensor.ones([2, 3]), labels: IndexTensor([], shape: [0, 8, 8]), ignored: (label: 255, row: 1))
        loss.backward()
        #expect(loss.item() == 0)
        #expect(vectors.gradient?.shape == [0, 2, 2, 3])
    }
}
