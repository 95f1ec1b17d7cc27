internal import CImageCodecs

extension ImageCodec {
    /// zlib level of written files: fast, since label maps and pictures compress well enough at any.
    public static let defaultCompressionLevel = 2

    /// Encodes 8-bit grey or RGB.
    ///
    /// - Parameters:
    ///   - palette: colours (red, green, blue) of the indices of a one-channel image; stored with it.
    ///   - level: zlib's, 0 (none) to 9 (smallest).
    /// - Precondition: 1 or 3 channels; a palette has 1 to 256 colours and one channel.
    public static func encodePNG(
        _ image: PixelImage<UInt8>, palette: [SIMD3<UInt8>]? = nil, level: Int = defaultCompressionLevel
    ) throws(ImageError) -> [UInt8] {
        try encodePNG(image, bitDepth: 8, palette: palette, level: level)
    }

    /// Encodes 16-bit grey or RGB.
    public static func encodePNG(
        _ image: PixelImage<UInt16>, level: Int = defaultCompressionLevel
    ) throws(ImageError) -> [UInt8] {
        try encodePNG(image, bitDepth: 16, palette: nil, level: level)
    }

    public static func writePNG(
        _ image: PixelImage<UInt8>, to path: String, palette: [SIMD3<UInt8>]? = nil,
        level: Int = defaultCompressionLevel
    ) throws(ImageError) {
        try FileBytes.write(encodePNG(image, palette: palette, level: level), to: path)
    }

    public static func writePNG(
        _ image: PixelImage<UInt16>, to path: String, level: Int = defaultCompressionLevel
    ) throws(ImageError) {
        try FileBytes.write(encodePNG(image, level: level), to: path)
    }

    /// Encodes RGB.
    ///
    /// - Parameter quality: 1 (smallest) to 100.
    public static func encodeJPEG(_ image: RGBImage, quality: Int = 92) throws(ImageError) -> [UInt8] {
        precondition(image.channels == 3, "encodeJPEG: needs 3 channels, got \(image.channels)")
        precondition((1...100).contains(quality), "encodeJPEG: quality must be in 1...100, got \(quality)")
        var info = info(of: image, bitDepth: 8)
        return try encode { bytes, count, message in
            image.pixels.withUnsafeBufferPointer { pixels in
                cimg_jpeg_write(pixels.baseAddress, &info, Int32(quality), bytes, count, message)
            }
        }
    }

    public static func writeJPEG(_ image: RGBImage, to path: String, quality: Int = 92) throws(ImageError) {
        try FileBytes.write(encodeJPEG(image, quality: quality), to: path)
    }

    private static func encodePNG<Scalar>(
        _ image: PixelImage<Scalar>, bitDepth: Int32, palette: [SIMD3<UInt8>]?, level: Int
    ) throws(ImageError) -> [UInt8] {
        precondition([1, 3].contains(image.channels), "encodePNG: needs 1 or 3 channels, got \(image.channels)")
        precondition(image.height > 0 && image.width > 0, "encodePNG: the image is empty")
        precondition((0...9).contains(level), "encodePNG: level must be in 0...9, got \(level)")
        precondition(
            palette == nil || (image.channels == 1 && (1...256).contains(palette?.count ?? 0)),
            "encodePNG: a palette needs 1 to 256 colours and an image of one channel")
        var info = info(of: image, bitDepth: bitDepth)
        let colors = palette?.flatMap { [$0.x, $0.y, $0.z] }
        return try encode { bytes, count, message in
            image.pixels.withUnsafeBytes { pixels in
                guard let colors else {
                    return cimg_png_write(pixels.baseAddress, &info, nil, 0, Int32(level), bytes, count, message)
                }
                return cimg_png_write(
                    pixels.baseAddress, &info, colors, Int32(colors.count / 3), Int32(level), bytes, count, message)
            }
        }
    }

    private static func info<Scalar>(of image: PixelImage<Scalar>, bitDepth: Int32) -> cimg_info {
        cimg_info(
            width: Int32(image.width), height: Int32(image.height), channels: Int32(image.channels),
            bit_depth: bitDepth, is_palette: 0, is_progressive: 0)
    }

    /// Runs one encoder and takes over its bytes.
    private static func encode(
        _ encoder: (
            UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>, UnsafeMutablePointer<Int>, UnsafeMutablePointer<CChar>
        ) -> Int32
    ) throws(ImageError) -> [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        var count = 0
        var message = [CChar](repeating: 0, count: Int(CIMG_MESSAGE_BYTES))
        let status = encoder(&bytes, &count, &message)
        defer { cimg_free(bytes) }
        guard status == CIMG_OK else { throw ImageError(.cannotWrite, "an image cannot be encoded: out of memory") }
        return [UInt8](UnsafeBufferPointer(start: bytes, count: count))
    }
}
