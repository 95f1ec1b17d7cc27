/// An image in host memory: rows from the top, channels interleaved, no padding between rows.
///
/// The element at row `y`, column `x`, channel `c` is `pixels[(y * width + x) * channels + c]`.
public struct PixelImage<Scalar: BitwiseCopyable & Sendable>: Sendable {
    public let height: Int
    public let width: Int
    public let channels: Int
    public var pixels: [Scalar]

    /// - Precondition: sizes are not negative and `pixels.count == height * width * channels`.
    @inlinable
    public init(height: Int, width: Int, channels: Int, pixels: [Scalar]) {
        precondition(
            height >= 0 && width >= 0 && channels > 0 && pixels.count == height * width * channels,
            "PixelImage: \(pixels.count) values do not fill \(height)x\(width)x\(channels)")
        self.height = height
        self.width = width
        self.channels = channels
        self.pixels = pixels
    }

    /// An image of one value.
    @inlinable
    @_specialize(where Scalar == UInt8)
    @_specialize(where Scalar == UInt16)
    public init(height: Int, width: Int, channels: Int, filledWith value: Scalar) {
        self.init(
            height: height, width: width, channels: channels,
            pixels: [Scalar](repeating: value, count: height * width * channels))
    }

    /// The value at row `y`, column `x`, channel `channel`. For single values; loops index `pixels` directly.
    @inlinable
    public subscript(y: Int, x: Int, channel: Int = 0) -> Scalar {
        get { pixels[(y * width + x) * channels + channel] }
        set { pixels[(y * width + x) * channels + channel] = newValue }
    }
}

extension PixelImage: Equatable where Scalar: Equatable {}

/// 8-bit red, green, blue.
public typealias RGBImage = PixelImage<UInt8>
/// One class id a pixel.
public typealias LabelMap = PixelImage<UInt8>
/// One instance id a pixel: `label id * 1000 + number` for countable objects, the label id otherwise (Cityscapes).
public typealias InstanceMap = PixelImage<UInt16>
/// Colours in `0...1` (or normalised, where said).
public typealias FloatImage = PixelImage<Float>
