public import ImageIO

/// One training image, cropped, mirrored and padded to the crop's size.
public struct Sample: Sendable {
    public let planned: PlannedSample
    /// The image's name in its data set.
    public let name: String
    /// `[H, W, 3]`; padding at the right and bottom has the mean colour.
    public let image: RGBImage
    /// Train ids `[H, W, 1]`, 255 where ignored or padded; nil for target images.
    public let labels: LabelMap?
    /// Instance ids `[H, W, 1]`, 0 where padded; nil where the data set has none or they are not read.
    public let instances: InstanceMap?
    /// 1 where a pseudo-label may be trusted, 0 on margins and padding, `[H, W, 1]`; nil when that is everywhere.
    public let validity: LabelMap?
    /// Where it was cut out of the resized image.
    public let crop: Crop
    /// Files that could not be read before this one was taken in their place.
    public let skipped: [String]

    package init(
        planned: PlannedSample, name: String, image: RGBImage, labels: LabelMap?, instances: InstanceMap?,
        validity: LabelMap?, crop: Crop, skipped: [String]
    ) {
        self.planned = planned
        self.name = name
        self.image = image
        self.labels = labels
        self.instances = instances
        self.validity = validity
        self.crop = crop
        self.skipped = skipped
    }
}

/// What happens at a file that cannot be read.
public enum BadSamplePolicy: Sendable, Equatable {
    /// The loader throws an error that names the file.
    case stop
    /// The plan's next replacement is taken.
    case skip
}
