public import Annotations
public import ImageIO

/// One training image, cropped, mirrored and padded to the crop's size.
public struct Sample: Sendable {
    public let planned: PlannedSample
    /// The image's name in its data set.
    public let name: String
    /// `[H, W, 3]`; padding at the right and bottom has the mean colour.
    public let image: RGBImage
    /// Of the crop's size, padding ignored; with objects where the reader was asked for them. nil for target images.
    public let annotation: Annotation?
    /// 1 where a pseudo-label may be trusted, 0 on margins and padding, `[H, W, 1]`; nil when that is everywhere.
    public let validity: LabelMap?
    /// Where it was cut out of the resized image.
    public let crop: Crop
    /// Size of the resized image.
    public let imageHeight: Int
    public let imageWidth: Int
    /// Files that could not be read before this one was taken in their place.
    public let skipped: [String]

    /// - Parameter imageHeight: of the resized image; nil, as `imageWidth`, for one that ends with the crop.
    package init(
        planned: PlannedSample, name: String, image: RGBImage, annotation: Annotation?, validity: LabelMap?, crop: Crop,
        imageHeight: Int? = nil, imageWidth: Int? = nil, skipped: [String]
    ) {
        self.planned = planned
        self.name = name
        self.image = image
        self.annotation = annotation
        self.validity = validity
        self.crop = crop
        self.imageHeight = imageHeight ?? crop.top + crop.height
        self.imageWidth = imageWidth ?? crop.left + crop.width
        self.skipped = skipped
    }

    /// Train ids `[H, W, 1]`; nil for target images.
    public var labels: LabelMap? { annotation?.classes }

    /// The sample with other colours.
    ///
    /// - Precondition: of the same size.
    public func withImage(_ image: RGBImage) -> Sample {
        precondition(
            image.height == self.image.height && image.width == self.image.width,
            "Sample: an image of \(image.height)x\(image.width) in place of \(self.image.height)x\(self.image.width)")
        return Sample(
            planned: planned, name: name, image: image, annotation: annotation, validity: validity, crop: crop,
            imageHeight: imageHeight, imageWidth: imageWidth, skipped: skipped)
    }

    /// Where a region of the camera's images lies in it.
    public func mask(of region: EgoRegion) -> ObjectMask {
        let box = PixelBox(top: crop.top, left: crop.left, height: crop.height, width: crop.width)
        let inside = region.mask(height: imageHeight, width: imageWidth).cropped(to: box)
        return crop.isFlipped ? inside.flippedHorizontally(width: crop.width) : inside
    }
}

/// What happens at a file that cannot be read.
public enum BadSamplePolicy: Sendable, Equatable {
    /// The loader throws an error that names the file.
    case stop
    /// The plan's next replacement is taken.
    case skip
}
