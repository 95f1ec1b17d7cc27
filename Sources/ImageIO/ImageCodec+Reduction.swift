/// An image that is about to be resized, and the size it has in its file.
public struct DecodedImage: Sendable, Equatable {
    /// The file's image; of a JPEG perhaps a half, a quarter or an eighth of it.
    public let image: RGBImage
    public let fileHeight: Int
    public let fileWidth: Int

    public init(_ image: RGBImage, fileHeight: Int, fileWidth: Int) {
        self.image = image
        self.fileHeight = fileHeight
        self.fileWidth = fileWidth
    }
}

extension ImageCodec {
    /// As `readRGB`, for somebody who resizes the image by `rule`: a JPEG is decoded at the fraction of its size that
    /// is enough, see `ResizeRule.reduction`, which is faster.
    public static func readRGB(
        _ path: String, for rule: ResizeRule, maximumPixels: Int = defaultMaximumPixels
    ) throws(ImageError) -> DecodedImage {
        let bytes = try content(of: path, maximumPixels)
        let header = try header(of: bytes, name: path).asImage
        let reduction = isJPEG(bytes) ? rule.reduction(height: header.height, width: header.width) : 1
        let image = try decodeRGB(bytes, name: path, reduction: reduction, maximumPixels: maximumPixels)
        return DecodedImage(image, fileHeight: header.height, fileWidth: header.width)
    }
}

extension ResizeRule {
    /// The largest of 1, 2, 4 and 8 that a file's sides can be divided by without falling below the size they are
    /// resized to. The sides are multiples of it, so that pixels keep their place.
    public func reduction(height: Int, width: Int) -> Int {
        let size = size(height: height, width: width)
        return [8, 4, 2].first { divisor in
            height % divisor == 0 && width % divisor == 0 && height / divisor >= size.height
                && width / divisor >= size.width
        } ?? 1
    }
}
