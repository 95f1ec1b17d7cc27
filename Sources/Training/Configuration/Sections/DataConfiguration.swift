public import Configuration
public import DataLoading
internal import ImageIO

/// What is trained on, and how it is cut and fed.
public struct DataConfiguration: Sendable, Equatable {
    /// Labelled images.
    public var source = DatasetConfiguration()
    /// Unlabelled images; nil where the method needs none.
    public var target: DatasetConfiguration?
    /// Classes whose objects are learnt, by name or train id; empty for all. Those of the others are left out of the
    /// source, and images that show none of these (UDA4Inst trains a model for each of two groups).
    public var group: [ClassReference] = []
    /// Side of the random crops fed to the network (DAFormer: 512 x 512).
    public var crop = ImageSizeConfiguration(height: 512, width: 512)
    /// Share of crops mirrored left to right (0.5).
    public var flipProbability = 0.5
    /// A source crop in which one class covers at least this share is drawn again, at most ten times
    /// (mmsegmentation's `cat_max_ratio`: 0.75).
    public var maxClassShare = 0.75
    /// Rare source classes are drawn more often; nil draws all images alike.
    public var rareClassSampling: RareClassSampler.Config?
    /// What happens at an image or label file that cannot be read.
    public var onBadSample = BadSampleRule.stop
    /// Budget of the decoded images that the ranks of a node share, in MiB.
    public var storeMegabytes = 1024
    /// Threads a rank that prepare samples ahead of the training step.
    public var prefetchThreads = 1
    /// Batches prepared ahead.
    public var prefetchDepth = 2

    /// The largest image or label that is read, in megapixels (10^6): a file of a few kilobytes may name any size, and
    /// would take all memory.
    public var largestImage = ImageReading.standardMegapixels
    /// What is done with the orientation that EXIF gives for images; labels are taken as they are.
    public var exif = EXIFRule.obey

    public init() {}
}

extension DataConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.section("source", &source)
        try fields.optionalSection("target", &target)
        try fields.list("group", &group)
        try fields.section("crop", &crop)
        try fields.field("flipProbability", &flipProbability, .closed(0...1))
        try fields.field("maxClassShare", &maxClassShare, .closed(0...1))
        try fields.optionalSection("rareClassSampling", &rareClassSampling)
        try fields.field("onBadSample", &onBadSample)
        try fields.field("storeMegabytes", &storeMegabytes, .closed(1...16_777_216))
        try fields.field("prefetchThreads", &prefetchThreads, .closed(1...64))
        try fields.field("prefetchDepth", &prefetchDepth, .closed(1...64))
        try fields.field("largestImage", &largestImage, .closed(ImageReading.allowedMegapixels))
        try fields.field("exif", &exif)
    }
}

extension DataConfiguration {
    /// Has the process read images as this setting says. Called before any is opened.
    public func prepareReading() {
        ImageReading.set(megapixels: largestImage, obeysOrientation: exif == .obey)
    }
}

/// What to do with the orientation in the EXIF of an image.
public enum EXIFRule: String, Sendable, CaseIterable, ConfigurationChoice {
    /// Turn the image to stand upright, as viewers show it.
    case obey
    /// Take the pixels as they are stored.
    case ignore
}

/// What to do with a file that cannot be read.
public enum BadSampleRule: String, Sendable, CaseIterable, ConfigurationChoice {
    /// End the run with an error that names the file.
    case stop
    /// Take another image, and count it in the log.
    case skip
}
