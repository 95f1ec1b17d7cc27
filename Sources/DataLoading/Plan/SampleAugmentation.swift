package import Configuration
internal import Randomness

/// How images change from one showing to the next, as detectors are trained (detectron2): the size of the whole image
/// and the colours of the crop. Crop and flip are those of every run.
public struct SampleAugmentation: Sendable, Equatable {
    /// A way to change colours.
    public enum ColorJitter: String, Sendable, CaseIterable {
        /// Brightness, contrast, saturation and hue of bytes (SSD, arXiv:1512.02325): see `SSDColorJitter`.
        case ssd
    }

    /// The shorter side of an image becomes one of these, each alike; empty keeps the size.
    public var shortestEdges: [Int] = []
    /// Where the longer side would exceed this, the whole image is scaled down to it; nil for no limit.
    public var longestEdge: Int?
    /// nil leaves colours as they are.
    public var colorJitter: ColorJitter?

    public init() {}

    public init(shortestEdges: [Int], longestEdge: Int? = nil, colorJitter: ColorJitter? = nil) {
        self.shortestEdges = shortestEdges
        self.longestEdge = longestEdge
        self.colorJitter = colorJitter
    }

    /// Whether images change their size.
    public var resizes: Bool { !shortestEdges.isEmpty }

    /// The size of an image whose shorter side becomes `edge`: sides are rounded half up (detectron2
    /// `ResizeShortestEdge`).
    public func size(height: Int, width: Int, shortestEdge edge: Int) -> (height: Int, width: Int) {
        let scale = Double(edge) / Double(min(height, width))
        var (newHeight, newWidth) = height < width
            ? (Double(edge), scale * Double(width)) : (scale * Double(height), Double(edge))
        if let longestEdge, max(newHeight, newWidth) > Double(longestEdge) {
            let cap = Double(longestEdge) / max(newHeight, newWidth)
            (newHeight, newWidth) = (newHeight * cap, newWidth * cap)
        }
        return (max(1, Int(newHeight + 0.5)), max(1, Int(newWidth + 0.5)))
    }

    /// The size of an image in a sample: a pure function of the planned sample.
    func size(of sample: PlannedSample, height: Int, width: Int, seed: UInt64) -> (height: Int, width: Int) {
        guard resizes else { return (height, width) }
        var random = RandomStream(
            seed: seed, .imageSize(ofDomain: sample.domain.rawValue), step: sample.step, rank: sample.slot)
        return size(
            height: height, width: width, shortestEdge: shortestEdges[random.integer(below: shortestEdges.count)])
    }

    /// The change of colours of a sample; nil where there is none.
    func colors(of sample: PlannedSample, seed: UInt64) -> SSDColorJitter? {
        guard colorJitter == .ssd else { return nil }
        var random = RandomStream(
            seed: seed, .cropColors(ofDomain: sample.domain.rawValue), step: sample.step, rank: sample.slot)
        return SSDColorJitter(using: &random)
    }
}

extension SampleAugmentation: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.list("shortestEdges", &shortestEdges, .side(from: 1), count: 0...256)
        try fields.optional("longestEdge", &longestEdge, .side(from: 1))
        try fields.optional("colorJitter", &colorJitter)
    }
}

extension SampleAugmentation.ColorJitter: ConfigurationChoice {}
