internal import Randomness
public import TensorEngine
public import Testing

/// Values in `range`, the same for the same seed.
public func pseudoRandomTensor(_ shape: [Int], seed: UInt64, in range: ClosedRange<Float> = -1...1) -> Tensor {
    var random = RandomStream(seed: seed, "test values")
    return Tensor((0..<shape.reduce(1, *)).map { _ in random.uniform(in: range) }, shape: shape)
}

/// The largest difference divided by the largest expected value (or by 1, where that is smaller and `absolute`).
public func relativeDifference(_ actual: [Float], _ expected: [Float]) -> Float {
    guard actual.count == expected.count else { return .infinity }
    let scale = max(expected.map(abs).max() ?? 0, .leastNormalMagnitude)
    let worst = zip(actual, expected).map { $0 == $1 ? 0 : abs($0 - $1) }.max() ?? 0
    return worst.isNaN ? .infinity : worst / scale
}

/// Expects two lists to agree to `tolerance` times the largest expected value.
public func expectClose(
    _ actual: [Float], _ expected: [Float], tolerance: Float = 1e-5, _ what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let difference = relativeDifference(actual, expected)
    #expect(difference <= tolerance, "\(what) differs by \(difference)", sourceLocation: sourceLocation)
}
