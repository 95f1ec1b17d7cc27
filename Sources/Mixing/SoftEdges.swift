internal import CPixelKernels
public import ImageIO

extension PixelImage<UInt8> {
    /// Blurred with 1, 4, 6, 4, 1 (sixteenths) along both axes, rounded half up, edges mirrored without repeating them:
    /// OpenCV's 5x5 `GaussianBlur` of bytes.
    public func softened() -> PixelImage<UInt8> {
        let scratch = (width + 4) * channels
        let blurred = [UInt8](unsafeUninitializedCapacity: pixels.count) { output, initialized in
            withUnsafeTemporaryAllocation(of: UInt16.self, capacity: scratch) { row in
                cpix_blur_bytes(pixels, height, width, channels, row.baseAddress, output.baseAddress)
            }
            initialized = pixels.count
        }
        return PixelImage(height: height, width: width, channels: channels, pixels: blurred)
    }
}
