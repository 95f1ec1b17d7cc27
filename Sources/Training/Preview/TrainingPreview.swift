public import Annotations
internal import Collectives
package import DataLoading
internal import DataParallel
public import ImageIO
package import Mixing
public import SegmentationModels
internal import TensorEngine

/// What a configuration feeds to the network, as pictures: the same samples, crops, mixtures and colours that one
/// process trains on.
public struct TrainingPreview {
    private let configuration: RunConfiguration
    private let reader: SampleReader
    private let images: Int
    private let mixing: MixingFacts
    /// nil where nobody labels target images.
    private let teacher: Teacher?

    /// Opens the data sets.
    ///
    /// - Parameter network: labels target images as a teacher with its weights; its own are taken over. Without one
    ///   target images have no labels.
    public init(_ configuration: RunConfiguration, network: SegmentationNetwork? = nil) throws {
        let alone = SingleProcessGroup()
        self.configuration = configuration
        images = try configuration.training.batch.imagesPerStudent(students: 1)
        let data = try TrainingData(configuration, globalBatch: images, world: alone)
        (reader, mixing) = (data.reader, data.mixing)
        teacher = try network.flatMap { network in
            try configuration.method.teaching?.makeTeacher(
                TeacherAssembly(configuration, group: alone) { _, _ in network })
        }
    }

    /// What the pictures lack, for a person; nil where they show all that a run feeds.
    public var notice: String? {
        guard teacher == nil, configuration.method.teaching != nil else { return nil }
        return
            "without a teacher (--teacher, the folder of a run) nobody labels target images: where their labels or objects "
            + "would stand nothing is drawn, and nothing of theirs is pasted into source images"
    }

    /// The global batch of a step, as the method shows it: a row a slot, each of as many pictures.
    public func rows(step: Int) throws -> [[PreviewPanel]] {
        let domains: [SampleDomain] = configuration.method.usesTarget ? [.source, .target] : [.source]
        let samples = try domains.map { domain in
            try (0..<images).map { try reader.sample(domain, step: step, slot: $0) }
        }
        let target = domains.count > 1 ? samples[1] : []
        let batches = BatchBuilder(seed: configuration.seed)
        return try configuration.method.method.preview(
            PreviewImages(
                source: samples[0], target: target, labels: teacher?.labels(of: batches.images(of: target)),
                batches: batches, mixing: mixing))
    }
}

extension Teacher {
    /// What all labelers say of images, whatever the step.
    fileprivate func labels(of images: Tensor) -> [Annotation] {
        let messages = messages(about: images, step: Int.max)
        let objects = messages.first { $0.layout.contents.contains(.objects) }?.objects
        var labels = messages[0].annotations
        for index in labels.indices { labels[index].objects = objects?[index] }
        return labels
    }
}

/// One picture of a preview.
public struct PreviewPanel: Sendable, Equatable {
    public let caption: String
    /// As the network sees it, in colours of 0...255.
    public let image: RGBImage
    /// Train ids to lay over it; nil for the image alone.
    public let labels: LabelMap?
    /// Whose outlines are drawn.
    public let objects: [AnnotatedObject]

    package init(_ caption: String, _ image: RGBImage, labels: LabelMap? = nil, objects: [AnnotatedObject] = []) {
        self.caption = caption
        self.image = image
        self.labels = labels
        self.objects = objects
    }
}

/// The samples of a step, of which a method shows what its network sees.
package struct PreviewImages {
    /// One a slot.
    package let source: [Sample]
    /// Of the same slots; empty where the method does not use any.
    package let target: [Sample]
    /// What a teacher says of the target images; nil where there is none.
    package let labels: [Annotation]?
    package let batches: BatchBuilder
    /// What strategies of mixing ask.
    package let mixing: MixingFacts

    package init(
        source: [Sample], target: [Sample], labels: [Annotation]? = nil, batches: BatchBuilder, mixing: MixingFacts
    ) {
        self.source = source
        self.target = target
        self.labels = labels
        self.batches = batches
        self.mixing = mixing
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

    /// The objects of one image that are learnt from; none where they are not known.
    package func learntObjects(_ index: Int) -> [AnnotatedObject] { objects?[index].trainable ?? [] }

    /// The labels of one image.
    package func labelMap(_ index: Int) -> LabelMap {
        let area = height * width
        return LabelMap(
            height: height, width: width, channels: 1,
            pixels: labels[index * area..<(index + 1) * area].map { UInt8(truncatingIfNeeded: $0) })
    }
}
