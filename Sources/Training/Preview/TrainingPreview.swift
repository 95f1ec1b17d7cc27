internal import Collectives
package import DataLoading
public import ImageIO
internal import Mixing

/// What a configuration feeds to the network, as pictures: the same samples, crops, mixtures and colours that one
/// process trains on.
public struct TrainingPreview {
    private let configuration: RunConfiguration
    private let reader: SampleReader
    private let images: Int

    /// Opens the data sets.
    public init(_ configuration: RunConfiguration) throws {
        self.configuration = configuration
        images = try configuration.training.batch.imagesPerStudent(students: 1)
        reader = try TrainingData(configuration, globalBatch: images, world: SingleProcessGroup()).reader
    }

    /// The global batch of a step, as the method shows it: a row a slot, each of as many pictures.
    public func rows(step: Int) throws -> [[PreviewPanel]] {
        let domains: [SampleDomain] = configuration.method.usesTarget ? [.source, .target] : [.source]
        let samples = try domains.map { domain in
            try (0..<images).map { try reader.sample(domain, step: step, slot: $0) }
        }
        return configuration.method.method.preview(
            PreviewImages(
                source: samples[0], target: domains.count > 1 ? samples[1] : [],
                batches: BatchBuilder(seed: configuration.seed)))
    }
}

/// One picture of a preview.
public struct PreviewPanel: Sendable, Equatable {
    public let caption: String
    /// As the network sees it, in colours of 0...255.
    public let image: RGBImage
    /// Train ids to lay over it; nil for the image alone.
    public let labels: LabelMap?

    package init(_ caption: String, _ image: RGBImage, labels: LabelMap? = nil) {
        self.caption = caption
        self.image = image
        self.labels = labels
    }
}

/// The samples of a step, of which a method shows what its network sees.
package struct PreviewImages {
    /// One a slot.
    package let source: [Sample]
    /// Of the same slots; empty where the method does not use any.
    package let target: [Sample]
    package let batches: BatchBuilder

    package init(source: [Sample], target: [Sample], batches: BatchBuilder) {
        self.source = source
        self.target = target
        self.batches = batches
    }
}

extension TrainingBatch {
    /// One image with its colours brought back to 0...255.
    package func image(_ index: Int) -> RGBImage {
        let (mean, deviation) = (Normalization.imageNet.mean, Normalization.imageNet.deviation)
        let area = height * width * 3
        let bytes = pixels[index * area..<(index + 1) * area].enumerated().map { position, value in
            let channel = position % 3
            return UInt8(min(max(value * deviation[channel] + mean[channel], 0), 255).rounded())
        }
        return RGBImage(height: height, width: width, channels: 3, pixels: bytes)
    }

    /// The labels of one image.
    package func labelMap(_ index: Int) -> LabelMap {
        let area = height * width
        return LabelMap(
            height: height, width: width, channels: 1,
            pixels: labels[index * area..<(index + 1) * area].map { UInt8(truncatingIfNeeded: $0) })
    }
}
