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
        let (height, channels) = (image.height, image.channels)
        let length = image.width * channels
        let margin = (horizontal.count - 1) * channels
        let sharp = image.pixels
        image.pixels.withUnsafeMutableBufferPointer { result in
            sharp.withUnsafeBufferPointer { source in
                withUnsafeTemporaryAllocation(of: Float.self, capacity: length + 2 * margin) { row in
                    row.initialize(repeating: 0)
                    let middle = UnsafeMutableBufferPointer(rebasing: row[margin..<margin + length])
                    for y in 0..<height {
                        blurColumns(of: source, height: height, around: y, weights: vertical, into: middle)
                        reflectEnds(of: row, margin: margin, channels: channels)
                        let into = UnsafeMutableBufferPointer(rebasing: result[y * length..<(y + 1) * length])
                        blurRow(row, channels: channels, weights: horizontal, into: into)
                    }
                }
            }
        }
    }
}

/// Row `y` of the image blurred along columns.
private func blurColumns(
    of source: UnsafeBufferPointer<Float>, height: Int, around y: Int, weights: [Float],
    into row: UnsafeMutableBufferPointer<Float>
) {
    let length = row.count
    let own = y * length
    let first = weights[0]
    for i in 0..<length { row[i] = first * source[own &+ i] }
    for distance in 1..<max(1, weights.count) {
        let above = reflected(y - distance, length: height) * length
        let below = reflected(y + distance, length: height) * length
        let weight = weights[distance]
        for i in 0..<length { row[i] += weight * (source[above &+ i] + source[below &+ i]) }
    }
}

/// A row with margins blurred along itself.
private func blurRow(
    _ row: UnsafeMutableBufferPointer<Float>, channels: Int, weights: [Float],
    into result: UnsafeMutableBufferPointer<Float>
) {
    let margin = (weights.count - 1) * channels
    let first = weights[0]
    for i in 0..<result.count { result[i] = first * row[margin &+ i] }
    for distance in 1..<max(1, weights.count) {
        let (left, right) = (margin - distance * channels, margin + distance * channels)
        let weight = weights[distance]
        for i in 0..<result.count { result[i] += weight * (row[left &+ i] + row[right &+ i]) }
    }
}

/// Fills the margins of a row with its mirrored ends; the outermost pixel is not repeated.
private func reflectEnds(of row: UnsafeMutableBufferPointer<Float>, margin: Int, channels: Int) {
    let last = row.count - margin - channels
    for distance in stride(from: channels, through: margin, by: channels) {
        for c in 0..<channels {
            row[margin - distance + c] = row[margin + distance + c]
            row[last + distance + c] = row[last - distance + c]
        }
    }
}

/// Mirrors an index at the ends of `0..<length`, without repeating the ends.
private func reflected(_ index: Int, length: Int) -> Int {
    let positive = abs(index)
    return positive < length ? positive : 2 * (length - 1) - positive
}
