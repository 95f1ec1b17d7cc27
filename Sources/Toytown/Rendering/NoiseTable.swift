internal import Randomness

/// Smooth random fields, repeated every 256 units.
///
/// One table serves all pictures; each surface looks into it at its own offset.
struct NoiseTable: Sendable {
    private static let side = 256
    private let values: [Float]
    /// Normally distributed, mean 0, deviation 1.
    let gaussian: [Float]

    static let shared = NoiseTable()

    private init() {
        var random = RandomStream(seed: 0, "toytown-noise")
        values = (0..<(Self.side * Self.side)).map { _ in random.uniform() }
        // The sum of twelve uniform numbers has variance 1 and no tails that would matter in eight bits.
        gaussian = (0..<(1 << 14)).map { _ in (0..<12).reduce(Float(-6)) { sum, _ in sum + random.uniform() } }
    }

    /// Runs `body` with a view of the table for inner loops.
    func withView<Result>(_ body: (View) -> Result) -> Result {
        values.withUnsafeBufferPointer { body(View(values: $0)) }
    }

    /// Valid inside `withView` only.
    struct View {
        fileprivate let values: UnsafeBufferPointer<Float>

        /// Value noise in `0...1`: random numbers at whole positions, blended between.
        @inline(__always)
        func callAsFunction(_ x: Float, _ y: Float) -> Float {
            let column = x.rounded(.down)
            let row = y.rounded(.down)
            let (fx, fy) = (x - column, y - row)
            let c0 = Int(truncatingIfNeeded: Int32(column)) & 255
            let c1 = (c0 &+ 1) & 255
            let r0 = (Int(truncatingIfNeeded: Int32(row)) & 255) &* 256
            let r1 = (r0 &+ 256) & 0xFFFF
            let sx = fx * fx * (3 - 2 * fx)
            let sy = fy * fy * (3 - 2 * fy)
            let top = mix(values[r0 &+ c0], values[r0 &+ c1], sx)
            return mix(top, mix(values[r1 &+ c0], values[r1 &+ c1], sx), sy)
        }

        /// The random number of a whole position.
        @inline(__always)
        func cell(_ x: Float, _ y: Float) -> Float {
            values[(Int(truncatingIfNeeded: Int32(y)) & 255) &* 256 &+ (Int(truncatingIfNeeded: Int32(x)) & 255)]
        }
    }
}
