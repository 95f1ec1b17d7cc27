internal import TensorEngine

/// How fast this machine computes and copies at best, with the threads of this process, or on its device.
///
/// Measured by products of square matrices and by sums of long lists (the add of the STREAM benchmark), which is what
/// the engine's own operations could reach.
struct MachineLimits: Sendable {
    /// Floating-point operations a second of matrix products, rounded as the step's are.
    let flopsPerSecond: Double
    /// Bytes a second from and to memory.
    let bytesPerSecond: Double

    /// Seconds below which no call can be that does this work. Operands in cache can undercut it, and so can
    /// convolutions that need fewer operations than the direct algorithm.
    func leastSeconds(flops: Double, bytes: Double) -> Double {
        max(flops / flopsPerSecond, bytes / bytesPerSecond)
    }

    /// Takes about a second.
    static func measure() -> MachineLimits {
        MachineLimits(
            flopsPerSecond: [1024, 2048].map(productFlopsPerSecond).max() ?? 0, bytesPerSecond: listBytesPerSecond())
    }

    private static func productFlopsPerSecond(side: Int) -> Double {
        let left = Tensor((0..<side * side).map { Float($0 % 13) }, shape: [side, side])
        let right = Tensor((0..<side * side).map { Float($0 % 7) }, shape: [side, side])
        let best = leastSeconds { _ = left.product(right) }
        return 2 * Double(side) * Double(side) * Double(side) / best
    }

    /// Lists of 64 MiB: longer than most caches. Two are read and one is written.
    private static func listBytesPerSecond() -> Double {
        let count = 1 << 24
        let (left, right) = (Tensor(repeating: 1, shape: [count]), Tensor(repeating: 2, shape: [count]))
        let best = leastSeconds { _ = left + right }
        return Double(3 * count * MemoryLayout<Float>.stride) / best
    }

    /// The fastest call of at least four, in at least a fifth of a second; the first warms up.
    private static func leastSeconds(_ call: () -> Void) -> Double {
        call()
        var (best, total, rounds) = (Double.infinity, 0.0, 0)
        while total < 0.2 || rounds < 3 {
            let seconds = Engine.seconds(of: call)
            best = min(best, seconds)
            total += seconds
            rounds += 1
        }
        return best
    }
}
