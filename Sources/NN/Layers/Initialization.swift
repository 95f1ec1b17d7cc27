import Glibc
import Randomness
import TensorEngine

/// The rule a weight's first values follow.
public enum Initialization: Sendable, Equatable {
    /// One value everywhere.
    case constant(Float)
    /// Normal with mean 0.
    case normal(deviation: Float)
    /// Uniform in `-bound ... bound`.
    case uniform(bound: Float)

    public static var zeros: Initialization { .constant(0) }
    public static var ones: Initialization { .constant(1) }

    /// Normal with variance `2 / fanOut`: He et al., arXiv:1502.01852, equation 14, for layers before a ReLU.
    ///
    /// - Parameter fanOut: kernel area times output channels (times 1/groups where the source divides).
    public static func kaiming(fanOut: Int) -> Initialization { .normal(deviation: (2 / Float(fanOut)).squareRoot()) }

    /// Uniform with variance `2 / (fanIn + fanOut)`: Glorot and Bengio, AISTATS 2010, equation 16.
    ///
    /// - Parameters:
    ///   - fanIn: kernel area times input channels.
    ///   - fanOut: kernel area times output channels.
    public static func xavier(fanIn: Int, fanOut: Int) -> Initialization {
        .uniform(bound: (6 / Float(fanIn + fanOut)).squareRoot())
    }

    /// What PyTorch gives linear layers and convolutions: uniform `±1/sqrt(fanIn)`, for weight and bias.
    ///
    /// - Parameter fanIn: kernel area times input channels of a group.
    public static func frameworkDefault(fanIn: Int) -> Initialization { .uniform(bound: 1 / Float(fanIn).squareRoot()) }

    var isRandom: Bool {
        switch self {
        case .constant: false
        case .normal, .uniform: true
        }
    }

    /// The value where nothing is drawn.
    var constant: Float {
        switch self {
        case .constant(let value): value
        case .normal, .uniform: 0
        }
    }

    /// `count` values in row-major order, from a stream that nothing was drawn from. Threads share the work; the values
    /// do not depend on their number.
    func values(_ count: Int, from stream: RandomStream) -> [Float] {
        switch self {
        case .constant(let value): [Float](repeating: value, count: count)
        case .uniform(let bound):
            Self.filled(count, from: stream) { pair, stream in
                pair = (stream.uniform(in: -bound...bound), stream.uniform(in: -bound...bound))
            }
        case .normal(let deviation):
            // Box and Muller's transform, two normals from two uniforms.
            Self.filled(count, from: stream) { pair, stream in
                // 1 - u is in (0, 1], where the logarithm is finite.
                let radius = deviation * sqrtf(-2 * logf(1 - stream.uniform()))
                let angle = 2 * Float.pi * stream.uniform()
                pair = (radius * cosf(angle), radius * sinf(angle))
            }
        }
    }

    /// - Parameter draw: makes two values of two draws.
    private static func filled(
        _ count: Int, from stream: RandomStream, _ draw: (inout (Float, Float), inout RandomStream) -> Void
    ) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            guard let values = buffer.baseAddress else { return }
            // One block of a stream is four draws.
            Engine.parallelFor((count + 3) / 4, grain: 4096) { blocks in
                var stream = stream
                stream.skip(blocks: blocks.lowerBound)
                var pair: (Float, Float) = (0, 0)
                for position in stride(from: 4 * blocks.lowerBound, to: min(count, 4 * blocks.upperBound), by: 2) {
                    draw(&pair, &stream)
                    (values + position).initialize(to: pair.0)
                    if position + 1 < count { (values + position + 1).initialize(to: pair.1) }
                }
            }
            initialized = count
        }
    }
}
