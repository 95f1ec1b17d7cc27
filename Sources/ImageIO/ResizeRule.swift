internal import Glibc

/// The size an image is loaded at: as large as fits into a box, keeping its shape, and how its pixels get there.
public struct ResizeRule: Sendable, Equatable {
    /// How pixels between those of the file are made.
    public enum Interpolation: String, Sendable, CaseIterable {
        /// Between the two nearest, without antialiasing; labels take the pixel at `floor(position * old / new)`
        /// (OpenCV, mmsegmentation).
        case bilinear
        /// Over all pixels that a pixel covers, and one beyond; labels take the pixel at the centre (Pillow,
        /// detectron2).
        case antialiased
        /// Over all pixels that a pixel covers, and two beyond; labels take the pixel at the centre (Pillow).
        case bicubic

        /// An image brought to a size.
        public func resized(_ image: RGBImage, height: Int, width: Int) -> RGBImage {
            switch self {
            case .bilinear: image.resizedBilinear(height: height, width: width)
            case .antialiased: image.resizedAntialiased(height: height, width: width)
            case .bicubic: image.resizedBicubic(height: height, width: width)
            }
        }
    }

    enum Box: Equatable {
        /// The file keeps its size.
        case none
        /// In either orientation: `f = min(longSide / max(h, w), shortSide / min(h, w))`, sides `floor(side * f + 0.5)`
        /// (mmsegmentation `Resize(keep_ratio=True)`). GTA, 1052x1914 into 720x1280: 704x1280.
        case either(longSide: Int, shortSide: Int)
        /// As it stands: one side fills the box, the other is rounded down (EDAPS `ResizeWithPad`).
        case fixed(height: Int, width: Int)
    }

    let box: Box
    public let interpolation: Interpolation

    /// Files keep their size.
    public static let none = ResizeRule(box: .none, interpolation: .bilinear)

    /// Fits into a box of these sides, in either orientation.
    public static func fitting(
        height: Int, width: Int, interpolation: Interpolation = .bilinear
    ) -> ResizeRule {
        precondition(height > 0 && width > 0, "ResizeRule: box must not be empty, got \(height)x\(width)")
        return ResizeRule(
            box: .either(longSide: max(height, width), shortSide: min(height, width)), interpolation: interpolation)
    }

    /// Fits into a box as it stands. Images belong at its top left, with black beside or below them: see `paddedSize`.
    public static func padding(
        height: Int, width: Int, interpolation: Interpolation = .bilinear
    ) -> ResizeRule {
        precondition(height > 0 && width > 0, "ResizeRule: box must not be empty, got \(height)x\(width)")
        return ResizeRule(box: .fixed(height: height, width: width), interpolation: interpolation)
    }

    /// The size of a file of this size once loaded, without padding; at least one pixel a side.
    public func size(height: Int, width: Int) -> (height: Int, width: Int) {
        guard height > 0, width > 0 else { return (height, width) }
        switch box {
        case .none: return (height, width)
        case .either(let longSide, let shortSide):
            let factor = min(
                Double(longSide) / Double(max(height, width)), Double(shortSide) / Double(min(height, width)))
            func scaled(_ side: Int) -> Int { max(1, Int(floor(Double(side) * factor + 0.5))) }
            return (scaled(height), scaled(width))
        case .fixed(let boxHeight, let boxWidth):
            if Double(width) / Double(height) > Double(boxWidth) / Double(boxHeight) {
                return (max(1, Int(Double(height) * (Double(boxWidth) / Double(width)))), boxWidth)
            }
            return (boxHeight, max(1, Int(Double(width) * (Double(boxHeight) / Double(height)))))
        }
    }

    /// The size that all images are padded to where they are scored; nil where they are not.
    public var paddedSize: (height: Int, width: Int)? {
        guard case .fixed(let height, let width) = box else { return nil }
        return (height, width)
    }

    /// Which pixel of a map of labels stands for one of the resized map.
    public var sampling: NearestSampling { interpolation == .bilinear ? .corner : .center }

    /// An image of a file, at its size.
    public func callAsFunction(_ decoded: DecodedImage) -> RGBImage {
        let size = size(height: decoded.fileHeight, width: decoded.fileWidth)
        return interpolation.resized(decoded.image, height: size.height, width: size.width)
    }
}

extension DecodedImage {
    /// A whole image.
    public init(whole image: RGBImage) { self.init(image, fileHeight: image.height, fileWidth: image.width) }
}
