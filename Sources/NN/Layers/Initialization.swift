import Glibc
import Randomness

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

    /// `count` values in row-major order.
    func values(_ count: Int, using stream: inout RandomStream) -> [Float] {
        switch self {
        case .constant(let value): [Float](repeating: value, count: count)
        case .uniform(let bound): (0..<count).map { _ in stream.uniform(in: -bound...bound) }
        case .normal(let deviation): Self.normals(count, deviation: deviation, using: &stream)
        }
    }

    /// Box and Muller's transform, two normals from two uniforms.
    private static func normals(_ count: Int, deviation: Float, using stream: inout RandomStream) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            var position = 0
            while position < count {
                // 1 - u is in (0, 1], where the logarithm is finite.
                let radius = deviation * sqrtf(-2 * logf(1 - stream.uniform()))
                let angle = 2 * Float.pi * stream.uniform()
                buffer.initializeElement(at: position, to: radius * cosf(angle))
                if position + 1 < count { buffer.initializeElement(at: position + 1, to: radius * sinf(angle)) }
                position += 2
            }
            initialized = count
        }
    }
}
