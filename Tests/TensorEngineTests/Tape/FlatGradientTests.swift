import TensorEngine
import Testing
import _TestSupport

/// Gradients of parameters go straight into memory that somebody else owns, beside what is there.
@Suite struct FlatGradientTests {
    /// A layer with the shapes of its input and its parameters.
    struct Layer: Sendable, CustomTestStringConvertible {
        var name: String
        var input: [Int]
        var parameters: [[Int]]
        var run: @Sendable (_ input: Tensor, _ parameters: [Tensor]) -> Tensor
        var testDescription: String { name }
    }

    static let layers = [
        Layer(name: "linear", input: [5, 7], parameters: [[3, 7], [3]]) { $0.linear(weight: $1[0], bias: $1[1]) },
        Layer(name: "1x1", input: [2, 3, 4, 6], parameters: [[5, 1, 1, 6], [5]]) {
            $0.convolution(weight: $1[0], bias: $1[1])
        },
        Layer(name: "patches", input: [2, 9, 8, 6], parameters: [[5, 3, 3, 6], [5]]) {
            $0.convolution(weight: $1[0], bias: $1[1], stride: 2, padding: 1)
        },
        Layer(name: "shifted", input: [1, 9, 8, 32], parameters: [[3, 3, 3, 32], [3]]) {
            $0.convolution(weight: $1[0], bias: $1[1], padding: 2, dilation: 2)
        },
        Layer(name: "groups", input: [1, 9, 8, 64], parameters: [[4, 3, 3, 32]]) {
            $0.convolution(weight: $1[0], padding: 1, groups: 2)
        },
        Layer(name: "winograd", input: [1, 16, 16, 32], parameters: [[32, 3, 3, 32], [32]]) {
            $0.convolution(weight: $1[0], bias: $1[1], padding: 1)
        },
        Layer(name: "depthwise", input: [2, 9, 8, 70], parameters: [[70, 3, 3, 1], [70]]) {
            $0.convolution(weight: $1[0], bias: $1[1], padding: 1, groups: 70)
        },
        Layer(name: "strided depthwise", input: [2, 9, 8, 70], parameters: [[70, 3, 3, 1]]) {
            $0.convolution(weight: $1[0], stride: 2, padding: 1, groups: 70)
        },
        Layer(name: "transposed", input: [2, 3, 4, 6], parameters: [[6, 2, 2, 5], [5]]) {
            $0.transposedConvolution2x2(weight: $1[0], bias: $1[1])
        },
        Layer(name: "layer norm", input: [600, 9], parameters: [[9], [9]]) {
            $0.layerNormalized(weight: $1[0], bias: $1[1], epsilon: 1e-5)
        },
        Layer(name: "batch norm", input: [600, 9], parameters: [[9], [9]]) {
            $0.batchNormalized(
                weight: $1[0], bias: $1[1], epsilon: 1e-5, statistics: .batch(reduce: nil), relu: true
            ).output
        },
        Layer(name: "group norm", input: [2, 30, 20, 9], parameters: [[9], [9]]) {
            $0.groupNormalized(groups: 3, weight: $1[0], bias: $1[1], epsilon: 1e-5, relu: true)
        },
        Layer(name: "slice", input: [2, 3], parameters: [[2, 5]]) { $0 * $1[0].sliced(1..<4, axis: 1) },
        Layer(name: "gather", input: [3, 4], parameters: [[5, 4]]) {
            $0 * $1[0].gathered(IndexTensor([4, 0, 4], shape: [3]))
        },
        Layer(name: "regions", input: [1, 2, 2, 3], parameters: [[1, 4, 4, 3]]) {
            let region = RegionOfInterest(image: 0, level: 0, x1: 1, y1: 2, x2: 13, y2: 14)
            return $0 * Tensor.roiAligned($1, strides: [4], regions: [region], size: 2)
        },
    ]

    /// Two passes of the same loss leave twice its gradient on top of what was there.
    @Test(arguments: layers) func gradientsAreAddedToWhatIsThere(_ layer: Layer) {
        let input = pseudoRandomTensor(layer.input, seed: 1)
        let parameters = layer.parameters.enumerated().map { pseudoRandomTensor($1, seed: UInt64($0 + 2)) }
        let leaves = parameters.map { $0.trackingGradient() }
        let output = layer.run(input, leaves)
        let upstream = pseudoRandomTensor(output.shape, seed: 9)
        runBackward(from: [(output, upstream)])

        let sums = parameters.map { Tensor(repeating: 0.5, shape: [$0.count]) }
        for _ in 0..<2 {
            var complete = 0
            let flat = zip(parameters, sums).map { parameter, sum in
                parameter.trackingGradient(into: { sum }, whenComplete: { complete += 1 })
            }
            let tracked = input.trackingGradient()
            runBackward(from: [(layer.run(tracked, flat), upstream)])
            #expect(complete == flat.count)
            #expect(tracked.gradient?.shape == layer.input)
        }
        for (sum, leaf) in zip(sums, leaves) {
            let expected = (leaf.gradient?.values() ?? []).map { 0.5 + 2 * $0 }
            expectClose(sum.values(), expected, tolerance: 5e-6, layer.name)
        }
    }

    /// Frozen weights get nothing, and the bias beside them still does.
    @Test func aBiasAloneGetsItsGradient() {
        let sums = Tensor.zeros([3])
        let bias = Tensor.zeros([3]).trackingGradient(into: { sums })
        let output = pseudoRandomTensor([5, 7], seed: 1).linear(weight: pseudoRandomTensor([3, 7], seed: 2), bias: bias)
        runBackward(from: [(output, Tensor.ones([5, 3]))])
        #expect(sums.values() == [5, 5, 5])
    }
}
