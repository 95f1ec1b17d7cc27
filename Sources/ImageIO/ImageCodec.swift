internal import CImageCodecs

/// Reads PNG and JPEG files; which of the two is told by the first bytes, not by the name.
///
/// Sizes are checked against `maximumPixels` from the header, before memory is taken.
public enum ImageCodec {
    /// Pixels a read accepts unless told otherwise.
    public static var defaultMaximumPixels: Int { ImageReading.maximumPixels }

    /// What a file's header says.
    public struct Header: Sendable, Equatable {
        public let height: Int
        public let width: Int
        /// Channels in the file.
        public let channels: Int
        /// Bits a sample in the file.
        public let bitDepth: Int
        /// Whether pixels are indices into a palette.
        public let isPalette: Bool
        /// Whether the file is a JPEG, whatever its name says.
        public let isJPEG: Bool
        /// What its EXIF says about its pixels.
        public let orientation: ImageOrientation
        /// What decoding takes for a while beside the pixels: a progressive JPEG keeps all coefficients.
        public let isProgressive: Bool

        /// Of the image that `readRGB` makes of it: turned, unless EXIF is ignored.
        public var asImage: Header {
            guard ImageReading.obeysOrientation, orientation.swapsSides else { return self }
            return Header(
                height: width, width: height, channels: channels, bitDepth: bitDepth, isPalette: isPalette,
                isJPEG: isJPEG, orientation: orientation, isProgressive: isProgressive)
        }
    }

    /// Bytes read in search of the size; metadata that precedes it seldom needs more.
    private static let headBytes = 1 << 16

    /// Reads the header only, with the sides as the file has them; those of the image are `asImage`.
    public static func header(ofFile path: String) throws(ImageError) -> Header {
        let head = try FileBytes.read(path, atMost: headBytes)
        let isPart = head.count == headBytes
        do throws(ImageError) {
            // Metadata may be longer than the head.
            if !isPart || OrientationReader.orientation(of: head, isJPEG: isJPEG(head)) != nil {
                return try header(of: head, name: path)
            }
        } catch {
            guard error.code == .truncated && isPart else { throw error }
        }
        return try header(of: FileBytes.read(path), name: path)
    }

    /// Decodes to red, green, blue: grey is repeated, palettes are looked up, alpha is dropped, 16 bits become 8.
    /// Turned as EXIF says, unless `ImageReading` ignores it.
    ///
    /// - Parameter reduction: 1, 2, 4 or 8: a JPEG is decoded to a fraction of its size, which is faster. PNG files
    ///   take 1 only.
    public static func readRGB(
        _ path: String, reduction: Int = 1, maximumPixels: Int = defaultMaximumPixels
    ) throws(ImageError) -> RGBImage {
        try decodeRGB(content(of: path, maximumPixels), name: path, reduction: reduction, maximumPixels: maximumPixels)
    }

    /// As `readRGB`, from memory; `name` stands for the file in errors.
    public static func decodeRGB(
        _ bytes: [UInt8], name: String, reduction: Int = 1, maximumPixels: Int = defaultMaximumPixels
    ) throws(ImageError) -> RGBImage {
        precondition([1, 2, 4, 8].contains(reduction), "decodeRGB: reduction must be 1, 2, 4 or 8, got \(reduction)")
        let stored: RGBImage
        if isJPEG(bytes) {
            stored = try decode(bytes, name, maximumPixels) { input, info, pixels, message in
                cimg_jpeg_read(
                    input.baseAddress, input.count, Int32(reduction), maximumPixels, info, pixels.baseAddress,
                    pixels.count, message)
            }
        } else {
            try ForeignFormat.refuse(bytes, name)
            precondition(reduction == 1, "decodeRGB: a PNG cannot be reduced while it is decoded")
            stored = try decodePNG(bytes, name, mode: CIMG_PNG_RGB8, maximumPixels)
        }
        guard ImageReading.obeysOrientation else { return stored }
        return stored.turned(OrientationReader.orientation(of: bytes, isJPEG: isJPEG(bytes)) ?? .upright)
    }

    /// Label ids as stored: 8-bit grey values, or the indices of a palette image, never their colours.
    public static func readLabels(
        _ path: String, maximumPixels: Int = defaultMaximumPixels
    ) throws(ImageError) -> LabelMap {
        try decodePNG(pngBytes(path, maximumPixels), path, mode: CIMG_PNG_RAW8, maximumPixels)
    }

    /// The colours of a PNG of labels, without transparency.
    public static func readColors(
        _ path: String, maximumPixels: Int = defaultMaximumPixels
    ) throws(ImageError) -> RGBImage {
        try decodePNG(pngBytes(path, maximumPixels), path, mode: CIMG_PNG_RGB8, maximumPixels)
    }

    /// One channel of 16 bits as stored: instance ids and the like.
    ///
    /// - Throws: also for 8 bits, in which such numbers have no room: a file was converted, and its numbers are lost.
    public static func readInstances(
        _ path: String, maximumPixels: Int = defaultMaximumPixels
    ) throws(ImageError) -> InstanceMap {
        let bytes = try pngBytes(path, maximumPixels)
        let header = try header(of: bytes, name: path)
        guard header.channels == 1, !header.isPalette else {
            throw ImageError(
                .unsupported,
                "\(path): has \(header.isPalette ? "a palette" : "\(header.channels) channels"); numbers of 16 bits need a "
                    + "grey PNG")
        }
        guard header.bitDepth == 16 else {
            throw ImageError(
                .unsupported,
                "\(path): has \(header.bitDepth) bits a pixel, which end at \((1 << header.bitDepth) - 1); write it from the "
                    + "original numbers as PNG of 16 bits")
        }
        return try decodePNG(bytes, path, mode: CIMG_PNG_RAW16, maximumPixels)
    }

    /// All channels as 16-bit samples, as stored (SYNTHIA keeps class and instance in two channels of one PNG).
    public static func readSamples16(
        _ path: String, maximumPixels: Int = defaultMaximumPixels
    ) throws(ImageError) -> PixelImage<UInt16> {
        try decodePNG(pngBytes(path, maximumPixels), path, mode: CIMG_PNG_RAW16, maximumPixels)
    }

    /// The bytes of a file of ids, which JPEG would have changed.
    private static func pngBytes(_ path: String, _ maximumPixels: Int) throws(ImageError) -> [UInt8] {
        let bytes = try content(of: path, maximumPixels)
        guard !isJPEG(bytes) else {
            throw ImageError(
                .notAnImage,
                "\(path): is a JPEG, which changes ids, whatever its name says; write it as PNG from the original ids")
        }
        return bytes
    }

    /// The bytes of a file; of a large one only once its header has shown that it is an image which may be read.
    static func content(of path: String, _ maximumPixels: Int) throws(ImageError) -> [UInt8] {
        if try FileBytes.size(path) > largeFileBytes {
            let header = try header(ofFile: path)
            if header.height * header.width > maximumPixels {
                throw tooLarge(path, height: header.height, width: header.width, maximumPixels)
            }
        }
        return try FileBytes.read(path)
    }

    private static let largeFileBytes = 64 << 20

    static func isJPEG(_ bytes: [UInt8]) -> Bool { bytes.count >= 2 && bytes[0] == 0xFF && bytes[1] == 0xD8 }

    static func header(of bytes: [UInt8], name: String) throws(ImageError) -> Header {
        try ForeignFormat.refuse(bytes, name)
        var info = cimg_info()
        var message = [CChar](repeating: 0, count: Int(CIMG_MESSAGE_BYTES))
        let status = bytes.withUnsafeBufferPointer { input in
            isJPEG(bytes)
                ? cimg_jpeg_info(input.baseAddress, input.count, &info, &message)
                : cimg_png_info(input.baseAddress, input.count, &info, &message)
        }
        try check(status, message, name, info, defaultMaximumPixels)
        return Header(
            height: Int(info.height), width: Int(info.width), channels: Int(info.channels),
            bitDepth: Int(info.bit_depth), isPalette: info.is_palette != 0,
            isJPEG: isJPEG(bytes),
            orientation: OrientationReader.orientation(of: bytes, isJPEG: isJPEG(bytes)) ?? .upright,
            isProgressive: info.is_progressive != 0)
    }

    private static func decodePNG<Scalar: BitwiseCopyable & Sendable>(
        _ bytes: [UInt8], _ name: String, mode: Int, _ maximumPixels: Int
    ) throws(ImageError) -> PixelImage<Scalar> {
        try decode(bytes, name, maximumPixels) { input, info, pixels, message in
            cimg_png_read(
                input.baseAddress, input.count, Int32(mode), maximumPixels, info, pixels.baseAddress, pixels.count,
                message)
        }
    }

    /// Runs one decoder twice: for the size of what it delivers, and into memory of that size.
    private static func decode<Scalar: BitwiseCopyable & Sendable>(
        _ bytes: [UInt8], _ name: String, _ maximumPixels: Int,
        _ decoder: (
            UnsafeBufferPointer<UInt8>, UnsafeMutablePointer<cimg_info>, UnsafeMutableRawBufferPointer,
            UnsafeMutablePointer<CChar>
        ) -> Int32
    ) throws(ImageError) -> PixelImage<Scalar> {
        var info = cimg_info()
        var message = [CChar](repeating: 0, count: Int(CIMG_MESSAGE_BYTES))
        var status = bytes.withUnsafeBufferPointer {
            decoder($0, &info, UnsafeMutableRawBufferPointer(start: nil, count: 0), &message)
        }
        try check(status, message, name, info, maximumPixels)
        let count = Int(info.height) * Int(info.width) * Int(info.channels)
        let pixels = [Scalar](unsafeUninitializedCapacity: count) { buffer, initialized in
            let memory = UnsafeMutableRawBufferPointer(
                start: buffer.baseAddress, count: count * MemoryLayout<Scalar>.stride)
            status = bytes.withUnsafeBufferPointer { decoder($0, &info, memory, &message) }
            initialized = status == CIMG_OK ? count : 0
        }
        try check(status, message, name, info, maximumPixels)
        return PixelImage(
            height: Int(info.height), width: Int(info.width), channels: Int(info.channels), pixels: pixels)
    }

    private static func check(
        _ status: Int32, _ message: [CChar], _ name: String, _ info: cimg_info, _ maximumPixels: Int
    ) throws(ImageError) {
        guard status != CIMG_OK else { return }
        let reason = message.withUnsafeBufferPointer { buffer in buffer.baseAddress.map { String(cString: $0) } ?? "" }
        switch Int(status) {
        case CIMG_TRUNCATED:
            throw ImageError(.truncated, "\(name): the file ends early; copy or download it again")
        case CIMG_TOO_LARGE:
            throw tooLarge(name, height: Int(info.height), width: Int(info.width), maximumPixels)
        case CIMG_UNSUPPORTED:
            throw ImageError(.unsupported, "\(name): \(reason); convert the file")
        case CIMG_OUT_OF_MEMORY:
            throw ImageError(.tooLarge, "\(name): not enough memory for \(info.width)x\(info.height) pixels")
        default:
            throw ImageError(.notAnImage, "\(name): is not a readable PNG or JPEG image (\(reason)); replace the file")
        }
    }

    private static func tooLarge(_ name: String, height: Int, width: Int, _ maximumPixels: Int) -> ImageError {
        let megapixels = (height * width + 999_999) / 1_000_000
        let isPossible = ImageReading.allowedMegapixels.contains(megapixels)
        return ImageError(
            .tooLarge,
            "\(name): is \(width)x\(height) pixels, more than the \(maximumPixels) that are read; use a smaller image"
                + (isPossible
                    ? ", or set data.largestImage to \(megapixels) megapixels "
                        + "(CAUSEWAY_LARGEST_IMAGE=\(megapixels) where there is no setting)"
                    : ""))
    }
}
