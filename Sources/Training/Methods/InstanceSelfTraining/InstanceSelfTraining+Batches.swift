internal import Annotations
internal import DataLoading
internal import ImageIO
internal import Mixing
internal import Randomness

/// The images that a step learns from, the same in a step and in its preview.
extension InstanceSelfTraining {
    /// The teacher's objects that lie outside of the own car.
    ///
    /// - Parameter seen: those that it is sure of, of every target image.
    func trusted(_ seen: [[AnnotatedObject]], in target: [Sample], _ region: EgoRegion?) -> [[AnnotatedObject]] {
        guard let region else { return seen }
        return zip(seen, target).map { objects, sample in region.keeping(objects, outside: sample.mask(of: region)) }
    }

    /// Every slot in its direction.
    ///
    /// - Parameters:
    ///   - source: one sample a slot, coloured.
    ///   - objects: of the target images, those that are trusted.
    func mixedBatch(
        _ batches: BatchBuilder, source: [Sample], target: [Sample], objects: [[AnnotatedObject]],
        _ mixing: BidirectionalMix
    ) -> TrainingBatch {
        batches.mixedBatch(
            source: source, target: target, pseudoLabels: Self.annotations(of: target, objects), confidentShare: 1,
            mixing: mixing, classes: [], augmentation: nil, pass: .bidirectional)
    }

    /// Target images with hidden blocks, where `maskedConsistency` asks for them.
    func maskedBatch(
        _ batches: BatchBuilder, _ masking: MaskedConsistencyConfiguration, source: [Sample], target: [Sample],
        objects: [[AnnotatedObject]]
    ) -> TrainingBatch {
        masking.batch(
            batches, source: source, target: target, labels: Self.annotations(of: target, objects), confidentShare: 1)
    }

    /// Objects of images whose classes are not known.
    private static func annotations(of target: [Sample], _ objects: [[AnnotatedObject]]) -> [Annotation] {
        zip(target, objects).map { sample, objects in
            Annotation(
                classes: LabelMap(
                    height: sample.image.height, width: sample.image.width, channels: 1, filledWith: Annotation.ignored),
                objects: objects)
        }
    }
}

extension InstanceSelfTraining {
    /// Source images, the same in other colours, target images, and what is learnt. Without a teacher nothing of the
    /// target is pasted, and nothing is remembered.
    package func preview(_ images: PreviewImages) throws -> [[PreviewPanel]] {
        let target = images.target
        let source = colorTransfer ? images.source.withColors(of: target) : images.source
        var setting = mixing
        if images.labels == nil { setting = setting.withoutTeacher }
        let strategy = BidirectionalMix(
            setting, rareClasses: try setting.rareClasses(images.mixing, keyPath: "method.mixing.pool"))
        let seen = images.labels?.map { $0.objects ?? [] } ?? target.map { _ in [] }
        let objects = trusted(seen, in: target, try ownCar)
        let plain = images.batches.sourceBatch(images.source)
        let mixed = mixedBatch(images.batches, source: source, target: target, objects: objects, strategy)
        return images.source.indices.map { slot in
            [
                PreviewPanel(images.source[slot].name, plain.image(slot), objects: plain.learntObjects(slot)),
                PreviewPanel("in the target's colours", source[slot].image),
                PreviewPanel(target[slot].name, target[slot].image, objects: objects[slot]),
                PreviewPanel(
                    strategy.role(ofSlot: slot).caption, mixed.image(slot), objects: mixed.learntObjects(slot)),
            ]
        }
    }
}

extension BidirectionalMix.Role {
    fileprivate var caption: String {
        switch self {
        case .source: "source"
        case .sourceToTarget: "source in target"
        case .targetToSource: "target in source"
        }
    }
}
