internal import Annotations
internal import Configuration
internal import DataLoading
internal import ImageIO
internal import Mixing

extension SelfTraining {
    /// Source, target, mixtures and hidden blocks. Without a teacher there are no pseudo-labels: target pixels carry
    /// the ignore label, and no objects of target images are pasted.
    package func preview(_ images: PreviewImages) throws -> [[PreviewPanel]] {
        let (target, batches) = (images.target, images.batches)
        let source = colorTransfer ? images.source.withColors(of: target) : images.source
        let mixing = images.labels == nil ? mixing.withoutTeacher : mixing
        let labels =
            images.labels
            ?? target.map { sample in
                Annotation(
                    classes: LabelMap(
                        height: sample.image.height, width: sample.image.width, channels: 1,
                        filledWith: Annotation.ignored),
                    objects: mixing.config.needsTargetObjects ? [] : nil)
            }
        let shown = batches.sourceBatch(source)
        let mixed = try mixedBatch(
            batches, source: source, target: target, labels: labels, confidentShare: 1,
            mixing: mixing.config.makeStrategy(images.mixing, keyPath: "method.mixing"),
            classes: ClassPresence(of: source).classes)
        let inverted = invertedClassMix.map { _ in
            invertedBatch(
                batches, source: source, target: target, labels: labels, confidentShare: 1,
                classes: ClassPresence(of: labels.map(\.classes)).classes)
        }
        let masked = maskedConsistency?.batch(
            batches, source: source, target: target, labels: labels, confidentShare: 1)
        let pasted = try pastedObjects(images, source)
        return source.indices.map { slot in
            var panels = [
                PreviewPanel(source[slot].name, shown.image(slot)),
                PreviewPanel(
                    "labels", shown.image(slot), labels: shown.labelMap(slot), objects: shown.learntObjects(slot)),
                PreviewPanel(target[slot].name, target[slot].image),
                PreviewPanel("mixed and augmented", mixed.image(slot)),
                PreviewPanel("labels pasted", mixed.image(slot), labels: mixed.labelMap(slot)),
            ]
            if let inverted { panels.append(PreviewPanel("target classes in source", inverted.image(slot))) }
            if let pasted {
                panels.append(
                    PreviewPanel("objects pasted", pasted.image(slot), objects: pasted.learntObjects(slot)))
            }
            if let masked { panels.append(PreviewPanel("masked and augmented", masked.image(slot))) }
            return panels
        }
    }

    /// Images with pasted objects, those that are sure enough by a fixed threshold; a threshold that follows the
    /// teacher has not seen any here, and lets pass what it would at the start.
    private func pastedObjects(_ images: PreviewImages, _ source: [Sample]) throws -> TrainingBatch? {
        guard let instanceMixing, source.allSatisfy({ $0.annotation?.objects != nil }) else { return nil }
        let objects = images.labels?.map { $0.objects ?? [] } ?? images.target.map { _ in [] }
        let thresholds = instanceMixing.threshold.initial
        var shown = instanceMixing
        if images.labels == nil { shown.bidirectional = instanceMixing.bidirectional?.withoutTeacher }
        let strategy = try shown.setting.makeStrategy(
            images.mixing, keyPath: InstanceMixingConfiguration.bidirectionalKey)
        return objectBatch(
            images.batches, source: source, target: images.target,
            objects: objects.map { $0.surer(than: thresholds) }, strategy)
    }
}
