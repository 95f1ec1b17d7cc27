package import DeviceSeam

/// What the numbers of operands are, so that it shows how a device rounds them.
package enum Operands: Sendable, Equatable {
    /// Random numbers of single precision.
    case random
    /// Random numbers that have no more digits than a precision keeps: however it rounds, nothing is lost.
    case kept(Precision)
    /// The sizes of the random numbers, without their signs: results are what rounding may change those by.
    case sizes

    func of(_ number: Float) -> Float {
        switch self {
        case .random: number
        case .kept(let precision): precision.nearest(number)
        case .sizes: abs(number)
        }
    }
}

extension Precision {
    /// Binary digits behind the point of an operand.
    var digits: Int {
        switch self {
        case .fp32: 23
        case .tf32: 10
        case .bf16: 7
        }
    }

    /// What rounding an operand changes it by, at most and relative to itself: a unit in the last place, for whether a
    /// library rounds to the nearest or cuts off is not known.
    var unit: Double { self == .fp32 ? 0 : 1 / Double(1 << digits) }

    /// What rounding both of its operands changes a product by, at most: `(1 + unit)^2 - 1` of its size.
    package var changeOfProducts: Double { unit * (2 + unit) }

    /// The number with so many digits, the nearest or one beside it.
    func nearest(_ number: Float) -> Float {
        let dropped = UInt32(23 - digits)
        guard dropped > 0 else { return number }
        let half = UInt32(1) << (dropped - 1)
        return Float(bitPattern: (number.bitPattern + half) & ~(2 * half - 1))
    }
}
