import TensorEngine
import Testing
import _TestSupport

@Suite struct ResizeTests {
    static let modes: [String: ResizeMode] = [
        "corners": .bilinear(alignCorners: true), "centres": .bilinear(alignCorners: false), "nearest": .nearest,
    ]
    static let sizes = ["up": (9, 13), "down": (3, 2), "mixed": (4, 1), "up4": (12, 12)]

    @Test(arguments: ["corners", "centres", "nearest"], ["up", "down", "mixed", "up4"])
    func valuesAndGradientsAgreeWithPyTorch(mode: String, size: String) throws {
        let (height, width) = try #require(Self.sizes[size])
        let mode = (name: mode, value: try #require(Self.modes[mode]))
        try GoldenOperation("resize", "\(size).\(mode.name)").expect(tolerance: sumTolerance) {
            $0[0].resized(height: height, width: width, mode: mode.value)
        }
    }

    /// `<resize(x), y> == <x, gradient(y)>`, on maps large enough for several threads.
    @Test(arguments: [true, false]) func gradientIsTheAdjoint(alignCorners: Bool) {
        let x = pseudoRandomTensor([3, 31, 44, 18], seed: 1).trackingGradient()
        let output = x.resized(height: 70, width: 65, mode: .bilinear(alignCorners: alignCorners))
        let y = pseudoRandomTensor(output.shape, seed: 2)
        runBackward(from: [(output, y)])
        func inner(_ a: Tensor, _ b: Tensor) -> Double {
            zip(a.values(), b.values()).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        let (left, right) = (inner(output, y), inner(x, x.gradient ?? .zeros(x.shape)))
        #expect(abs(left - right) < 1e-4 * max(1, abs(left)))
    }

    @Test func sameSizeIsTheSameTensorAndNoImagesAreFine() {
        let x = pseudoRandomTensor([1, 4, 5, 2], seed: 1)
        #expect(x.resized(height: 4, width: 5).values() == x.values())
        #expect(Tensor.zeros([0, 4, 5, 2]).resized(height: 8, width: 3).shape == [0, 8, 3, 2])
    }
}
