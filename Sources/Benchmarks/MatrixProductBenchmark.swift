package import Basics
internal import TensorEngine

/// The speed of `C = A B` for square matrices.
package enum MatrixProductBenchmark {
    package struct Result {
        /// Rows and columns of each matrix.
        package let size: Int
        /// Time of the fastest product.
        package let bestSeconds: Double

        /// `2 size^3` floating-point operations in the best time.
        package var gigaflopsPerSecond: Double {
            let side = Double(size)
            return 2 * side * side * side / bestSeconds * 1e-9
        }

        package var json: JSONValue {
            [
                "size": .integer(size), "seconds": .number(bestSeconds),
                "gigaflopsPerSecond": .number(gigaflopsPerSecond),
            ]
        }
    }

    /// What is measured, for people.
    package static var name: String { Engine.precision == .fp32 ? "sgemm" : "products in \(Engine.precision)" }

    /// Multiplies until `leastSeconds` have passed, at least three times; the first product warms up.
    package static func run(size: Int, leastSeconds: Double) -> Result {
        let left = Tensor((0..<size * size).map { Float($0 % 13) }, shape: [size, size])
        let right = Tensor((0..<size * size).map { Float($0 % 7) }, shape: [size, size])
        _ = left.product(right)
        var best = Double.infinity
        var total = 0.0
        var rounds = 0
        while total < leastSeconds || rounds < 3 {
            let seconds = Engine.seconds { _ = left.product(right) }
            best = min(best, seconds)
            total += seconds
            rounds += 1
        }
        return Result(size: size, bestSeconds: best)
    }
}
