/// The values a number may take. Every number of a setting has both ends: beyond them are slips of a finger, and
/// numbers that the program could not count or compute with.
package enum Bounds<Value: Comparable & Sendable>: Sendable {
    case closed(ClosedRange<Value>)
    /// With an upper end that is of no interest before somebody exceeds it.
    case atLeast(Value, atMost: Value)

    package func contains(_ value: Value) -> Bool {
        switch self {
        case .closed(let range): range.contains(value)
        case .atLeast(let lower, let upper): value >= lower && value <= upper
        }
    }

    /// What is asked of a value that does not lie between.
    package func text(for value: Value) -> String {
        switch self {
        case .closed(let range): "from \(range.lowerBound) to \(range.upperBound)"
        case .atLeast(let lower, let upper): value > upper ? "at most \(upper)" : "at least \(lower)"
        }
    }
}

extension Bounds<Int> {
    /// Optimiser steps.
    package static func steps(from lower: Int) -> Self { .atLeast(lower, atMost: 1_000_000_000_000) }

    /// Pixels along a side of an image.
    package static func side(from lower: Int) -> Self { .closed(lower...65_536) }

    /// Pixels of an image: those of the largest side, squared.
    package static func pixels(from lower: Int) -> Self { .atLeast(lower, atMost: 65_536 * 65_536) }
}

extension Bounds<Float> {
    /// What a loss counts beside others.
    package static var lossWeight: Self { .atLeast(0, atMost: 1e6) }
}

extension Bounds<Double> {
    /// What a loss counts beside others.
    package static var lossWeight: Self { .atLeast(0, atMost: 1e6) }
}
