package import Configuration
public import ImageIO

/// The box that images of a data set are fitted into, and how.
public struct ResizeConfiguration: Sendable, Equatable {
    public var height = 512
    public var width = 512
    /// Images fit into the box as it stands instead of into one turned for upright images, and are scored with black
    /// and void up to the box (Mapillary Vistas in EDAPS: true).
    public var padded = false
    /// `bilinear` without antialiasing, `antialiased` with it (detectron2), or `bicubic`, with it too (Mapillary Vistas
    /// in EDAPS).
    public var interpolation = ResizeRule.Interpolation.bilinear

    public init() {}

    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    /// How images are brought to their size.
    package var rule: ResizeRule {
        padded
            ? .padding(height: height, width: width, interpolation: interpolation)
            : .fitting(height: height, width: width, interpolation: interpolation)
    }
}

extension ResizeConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("height", &height, .side(from: 1))
        try fields.field("width", &width, .side(from: 1))
        try fields.field("padded", &padded)
        try fields.field("interpolation", &interpolation)
    }
}

extension ResizeRule.Interpolation: ConfigurationChoice {}

extension ResizeConfiguration: CustomStringConvertible {
    /// Height before width.
    public var description: String { "\(ImageSizeConfiguration(height: height, width: width))" }
}
