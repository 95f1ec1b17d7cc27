internal import Synchronization

/// What the process takes of image files, whoever reads them: set once, by the setting of a run, before the first
/// image.
public enum ImageReading {
    private static let pixels = Atomic<Int>(standardMegapixels * 1_000_000)
    private static let turns = Atomic<Bool>(true)

    /// Megapixels unless said otherwise: four times those of the largest photographs that data sets have.
    public static let standardMegapixels = 100
    /// What may be allowed: sides and counts of bytes of larger ones leave the range of the readers.
    public static let allowedMegapixels = 1...1000

    /// The largest image that is read, in pixels.
    public static var maximumPixels: Int { pixels.load(ordering: .relaxed) }
    /// Whether an image may have such a size.
    public static func allows(height: Int, width: Int) -> Bool {
        let (area, isTooLarge) = height.multipliedReportingOverflow(by: width)
        return !isTooLarge && area <= maximumPixels
    }

    /// Whether images are turned as their EXIF says. Files of labels are upright and never turned.
    public static var obeysOrientation: Bool { turns.load(ordering: .relaxed) }

    /// - Parameter megapixels: in `allowedMegapixels`.
    public static func set(megapixels: Int, obeysOrientation: Bool) {
        precondition(allowedMegapixels.contains(megapixels), "ImageReading: \(megapixels) megapixels are not possible")
        pixels.store(megapixels * 1_000_000, ordering: .relaxed)
        turns.store(obeysOrientation, ordering: .relaxed)
    }
}

extension ImageCodec {
    /// Ends an error about an image and its label of two sizes, where EXIF may be the reason; empty where it is not.
    public static func remark(onOrientationOf image: String) -> String {
        guard let header = try? header(ofFile: image), header.orientation.swapsSides else { return "" }
        let fact = "; the EXIF of the image says that it is to be turned (orientation \(header.orientation.rawValue))"
        return ImageReading.obeysOrientation
            ? fact + ", and so it was: set data.exif to ignore where labels were drawn on the pixels as they are stored"
            : fact + ", which data.exif: ignore passes over: set it to obey where labels are upright"
    }
}
