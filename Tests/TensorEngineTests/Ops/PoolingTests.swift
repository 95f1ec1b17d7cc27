import TensorEngine
import Testing
import _TestSupport

@Suite struct PoolingTests {
    static let operations: [String: @Sendable (Tensor) -> Tensor] = [
        "max": { $0.maxPooled(kernelSize: 3, stride: 2, padding: 1) },
        "max_disjoint": { $0.maxPooled(kernelSize: 2, stride: 2) },
        "average": { $0.averagePooled(kernelSize: 3, stride: 2, padding: 1) },
        "average_inside": { $0.averagePooled(kernelSize: 3, stride: 2, padding: 1, countsPadding: false) },
        "average_disjoint": { $0.averagePooled(kernelSize: 4, stride: 4) },
        "adaptive": { $0.adaptiveAveragePooled(height: 3, width: 2) },
        "adaptive_up": { $0.adaptiveAveragePooled(height: 3, width: 6) },
        "whole": { $0.globalAveragePooled() },
    ]

    @Test(arguments: operations.keys.sorted()) func valuesAndGradientsAgreeWithPyTorch(name: String) throws {
        let operation = try #require(Self.operations[name])
        try GoldenOperation("pooling", name).expect(tolerance: sumTolerance) { operation($0[0]) }
    }

    @Test func gradientOfEqualMaximaGoesToTheFirst() {
        let x = Tensor([1, 2, 2, 2], shape: [1, 2, 2, 1]).trackingGradient()
        x.maxPooled(kernelSize: 2, stride: 2).sum().backward()
        #expect(x.gradient?.values() == [0, 1, 0, 0])
    }

    @Test func minusInfinityAndNaNAreSeen() {
        let x = Tensor([-.infinity, -.infinity, -.infinity, -.infinity], shape: [1, 2, 2, 1])
        #expect(x.maxPooled(kernelSize: 3, stride: 2, padding: 1).values() == [-.infinity])
        let y = Tensor([1, .nan, 3, 2], shape: [1, 2, 2, 1])
        #expect(y.maxPooled(kernelSize: 2, stride: 2).item().isNaN)
    }

    @Test func noImagesGiveNoOutput() {
        let x = Tensor.zeros([0, 4, 4, 3])
        #expect(x.maxPooled(kernelSize: 2, stride: 2).shape == [0, 2, 2, 3])
        #expect(x.globalAveragePooled().shape == [0, 1, 1, 3])
    }
}
