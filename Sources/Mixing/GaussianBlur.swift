internal import CPixelKernels
internal import Glibc
public import ImageIO
public import Randomness

/// Gaussian blur with reflected edges, as the strong augmentation of DACS and DAFormer uses it.
///
/// `y[i] = sum_k w_k x[i + k]`, `w_k = exp(-k^2 / (2 sigma^2))` normalised to sum 1, along columns and rows. The kernel
/// of an axis has about a tenth of its length, see `kernelSize(forLength:)`; taps below 1e-10 of the largest are left
/// out, so that at most 8 a side remain for sigma up to 1.15.
///
/// - Note: the reference blurs normalised images. As the weights sum to 1, blurring before normalising is the same.
public struct GaussianBlur: Sendable, Equatable {
    /// Standard deviation in pixels.
    public var sigma: Float

    /// - Precondition: `sigma > 0`.
    public init(sigma: Float) {
        precondition(sigma > 0, "GaussianBlur: sigma must be positive, got \(sigma)")
        self.sigma = sigma
    }

    /// Draws sigma from `0.15...1.15`.
    public init(using random: inout RandomStream) { self.init(sigma: random.uniform(in: 0.15...1.15)) }

    /// Taps of the reference's kernel along an axis: `floor(ceil(s / 10) - 0.5 + ceil(s / 10) mod 2)`, which is odd; 51
    /// at 512 (DACS, `dacs_transforms.py`).
    public static func kernelSize(forLength length: Int) -> Int {
        // In double precision, as in the reference: 0.1 * 70 is above 7 there.
        let tenth = (0.1 * Double(length)).rounded(.up)
        return max(1, Int((tenth - 0.5 + tenth.truncatingRemainder(dividingBy: 2)).rounded(.down)))
    }

    /// Weights of the distances 0, 1, 2, …: one side of the kernel of an axis.
    func halfKernel(forLength length: Int) -> [Float] {
        let negligible = 1e-10
        let variance = Double(sigma) * Double(sigma)
        let radius = Self.kernelSize(forLength: length) / 2
        let weights = (0...radius).map { exp(-Double($0 * $0) / (2 * variance)) }
        let total = 2 * weights.reduce(0, +) - weights[0]
        return weights.prefix { $0 >= negligible }.map { Float($0 / total) }
    }

    /// Blurs an image in place, columns and rows in one walk.
    public func apply(to image: inout FloatImage) {
        let vertical = halfKernel(forLength: image.height)
        let horizontal = halfKernel(forLength: image.width)
        if vertical.count == 1 && horizontal.count == 1 { return }
        let scratch = (image.width + 2 * (horizontal.count - 1)) * image.channels
        let blurred = [Float](unsafeUninitializedCapacity: image.pixels.count) { output, initialized in
            vertical.withKernel { vertical in
                horizontal.withKernel { horizontal in
                    withUnsafeTemporaryAllocation(of: Float.self, capacity: scratch) { row in
                        cpix_blur(
                            image.pixels, image.height, image.width, image.channels, vertical, horizontal,
                            row.baseAddress, output.baseAddress)
                    }
                }
            }
            initialized = image.pixels.count
        }
        image.pixels = blurred
    }
}

extension [Float] {
    /// Lends half a kernel as the kernels take it.
    fileprivate func withKernel(_ body: (cpix_kernel) -> Void) {
        withUnsafeBufferPointer { body(cpix_kernel(weights: $0.baseAddress, count: $0.count)) }
    }
}
