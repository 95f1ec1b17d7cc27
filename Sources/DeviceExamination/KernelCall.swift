package import DeviceSeam

/// One call of a facet on a side, and what it should have made.
package struct KernelCall {
    /// How results of two sides are compared.
    package enum Comparison: Sendable {
        /// The largest difference, relative to the largest value of each array, is at most this.
        case values(Double)
        /// The share of elements that are not the same is at most this: of labels, where rounding decides between two
        /// that are equally likely.
        case places(Double)

        package var allowed: Double {
            switch self {
            case .values(let tolerance): tolerance
            case .places(let share): share
            }
        }

        package func difference(_ actual: [Float], _ expected: [Float]) -> Double {
            switch self {
            case .values: relativeDifference(actual, expected)
            case .places: differingShare(actual, expected)
            }
        }
    }

    /// The requirement of the facet, such as `layerNormGradients`, and what more tells it apart.
    package let operation: String
    package let comparison: Comparison
    /// Multiplications and additions; 0 where memory is what it takes.
    package let flops: Double
    /// Each operand read or written once.
    package let bytes: Double
    package let run: () -> Void
    /// To be asked after the run.
    package let results: () -> [String: FloatArray]

    /// - Parameters:
    ///   - writes: arrays that are written and compared, by their names.
    ///   - results: what is compared beside them.
    package init(
        _ operation: String, reads: [FloatArray?] = [], writes: [String: FloatArray], otherBytes: Int = 0,
        flops: Int = 0, within comparison: Comparison = .values(2e-6),
        results: @escaping () -> [String: FloatArray] = { [:] }, run: @escaping () -> Void
    ) {
        self.operation = operation
        self.comparison = comparison
        self.flops = Double(flops)
        let floats = (reads.compactMap(\.self) + writes.values).reduce(0) { $0 + $1.count }
        bytes = Double(floats * MemoryLayout<Float>.stride + otherBytes)
        self.run = run
        self.results = { writes.merging(results()) { $1 } }
    }
}

extension KernelCall.Comparison {
    /// For sums of so many products of numbers of one size: rounding grows with the root of their number.
    static func sums(of inner: Int) -> Self { .values(max(2e-6, 1.5e-7 * Double(max(inner, 1)).squareRoot())) }
}

/// Calls that follow each other on operands of one size, such as a layer and its gradients.
package struct KernelCase: Sendable, CustomStringConvertible {
    /// The sizes of its operands.
    package let size: String
    /// The facet, for a list.
    package let facet: String
    package let calls: @Sendable (Side) -> [KernelCall]

    init(_ facet: String, _ size: String, _ calls: @escaping @Sendable (Side) -> [KernelCall]) {
        (self.facet, self.size, self.calls) = (facet, size, calls)
    }

    package var description: String { "\(facet) \(size)" }
}

/// All that a device must be able to do, case by case.
package enum KernelCases {
    /// How large operands are.
    package enum Extent: Sendable, CaseIterable {
        /// Nothing, one element, primes: what loops go wrong at.
        case odd
        /// Of a network on a small crop.
        case small
        /// Of MiT-B5, Swin-T and their heads on crops of 512 pixels.
        case network

        func pick<Value>(odd: [Value], small: [Value], network: [Value]) -> [Value] {
            switch self {
            case .odd: odd
            case .small: small
            case .network: network
            }
        }
    }

    /// Every requirement of every facet is called at each extent.
    package static func all(_ extent: Extent) -> [KernelCase] {
        elementwise(extent) + reductions(extent) + activations(extent) + softmax(extent) + norms(extent)
            + products(extent) + linear(extent) + movement(extent) + convolutions(extent) + depthwise(extent)
            + transposedConvolutions(extent) + attention(extent) + deformableAttention(extent) + resizing(extent)
            + pooling(extent) + classification(extent) + crossEntropy(extent) + elementLosses(extent)
            + neighbours(extent) + regions(extent) + points(extent) + optimizer(extent) + noNumbers(extent)
    }
}

extension [Int] {
    /// Such as `1x128x128x64`; `scalar` for none.
    var sizeText: String { isEmpty ? "scalar" : map(String.init).joined(separator: "x") }
    var product: Int { reduce(1, *) }
}

/// The largest difference divided by the largest expected value; infinite where one is no number, or infinite, and the
/// other is not.
private func relativeDifference(_ actual: [Float], _ expected: [Float]) -> Double {
    guard actual.count == expected.count else { return .infinity }
    let scale = Double(max(expected.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }, .leastNormalMagnitude))
    var worst = 0.0
    for index in actual.indices {
        let (left, right) = (actual[index], expected[index])
        if left == right || (left.isNaN && right.isNaN) { continue }
        let difference = abs(Double(left) - Double(right))
        if difference.isNaN { return .infinity }
        worst = max(worst, difference)
    }
    return worst / scale
}

/// The share of elements that are not the same.
private func differingShare(_ actual: [Float], _ expected: [Float]) -> Double {
    guard actual.count == expected.count else { return 1 }
    return Double(zip(actual, expected).count { $0 != $1 }) / Double(max(1, expected.count))
}
