internal import Annotations
internal import Collectives
internal import DataLoading
public import ImageIO
internal import Mixing

/// What a configuration feeds to the network, as pictures: the same samples, crops, mixtures and colours that one process
/// trains on.
///
/// - Note: without a teacher there are no pseudo-labels; target pixels carry the ignore label.
public struct TrainingPreview {
    /// One image of each domain at one step.
    public struct Row {
        public let sourceName: String
        /// The crop as the network sees it, with its train ids.
        public let source: RGBImage
        public let sourceLabels: LabelMap
        /// nil where the method has no target.
        public let target: RGBImage?
        public let targetName: String?
        /// The mixture of both as the network sees it; nil where the method does not mix.
        public let mixed: RGBImage?
        public let mixedLabels: LabelMap?
        /// The image with hidden blocks as the network sees it; nil without masked consistency.
        public let masked: RGBImage?
    }

    private let configuration: RunConfiguration
    private let reader: SampleReader
    private let images: Int

    /// Opens the data sets.
    public init(_ configuration: RunConfiguration) throws {
        self.configuration = configuration
        images = try configuration.training.batch.imagesPerStudent(students: 1)
        reader = try TrainingData(configuration, globalBatch: images, world: SingleProcessGroup()).reader
    }

    /// The global batch of a step.
    public func rows(step: Int) throws -> [Row] {
        let source = try (0..<images).map { try reader.sample(.source, step: step, slot: $0) }
        let batches = BatchBuilder(seed: configuration.seed)
        switch configuration.method {
        case .sourceOnly(let parameters):
            let shown = batches.sourceBatch(source, augmentation: parameters.augmentation)
            return (0..<images).map { slot in
                Row(
                    sourceName: source[slot].name, source: shown.image(slot), sourceLabels: shown.labelMap(slot),
                    target: nil, targetName: nil, mixed: nil, mixedLabels: nil, masked: nil)
            }
        case .dacs(let parameters):
            return try mixedRows(source, parameters, batches, step: step)
        }
    }

    private func mixedRows(
        _ source: [Sample], _ parameters: SelfTrainingConfiguration, _ batches: BatchBuilder, step: Int
    ) throws -> [Row] {
        let target = try (0..<images).map { try reader.sample(.target, step: step, slot: $0) }
        let unknown = target.map { sample in
            Annotation(
                classes: LabelMap(
                    height: sample.image.height, width: sample.image.width, channels: 1, filledWith: Annotation.ignored))
        }
        let shown = batches.sourceBatch(source)
        let mixed = batches.mixedBatch(
            source: source, target: target, pseudoLabels: unknown, pseudoWeight: 1,
            mixing: parameters.mixing.makeStrategy(), classes: ClassPresence(of: source).classes,
            augmentation: parameters.augmentation)
        let masked = parameters.maskedConsistency.map { masking in
            batches.maskedBatch(
                source: source, target: target, pseudoLabels: unknown, pseudoWeight: 1, images: masking.images,
                mask: masking.mask, augmentation: masking.augmentation)
        }
        return (0..<images).map { slot in
            Row(
                sourceName: source[slot].name, source: shown.image(slot), sourceLabels: shown.labelMap(slot),
                target: target[slot].image, targetName: target[slot].name, mixed: mixed.image(slot),
                mixedLabels: mixed.labelMap(slot), masked: masked?.image(slot))
        }
    }
}

extension TrainingBatch {
    /// One image with its colours brought back to 0...255.
    fileprivate func image(_ index: Int) -> RGBImage {
        let (mean, deviation) = (Normalization.imageNet.mean, Normalization.imageNet.deviation)
        let area = height * width * 3
        let bytes = pixels[index * area..<(index + 1) * area].enumerated().map { position, value in
            let channel = position % 3
            return UInt8(min(max(value * deviation[channel] + mean[channel], 0), 255).rounded())
        }
        return RGBImage(height: height, width: width, channels: 3, pixels: bytes)
    }

    fileprivate func labelMap(_ index: Int) -> LabelMap {
        let area = height * width
        return LabelMap(
            height: height, width: width, channels: 1,
            pixels: labels[index * area..<(index + 1) * area].map { UInt8(truncatingIfNeeded: $0) })
    }
}
