internal import Annotations
internal import DataLoading
internal import ImageIO
internal import Mixing

extension SelfTraining {
    /// Source, target, mixture and hidden blocks. Without a teacher there are no pseudo-labels: target pixels carry the
    /// ignore label.
    package func preview(_ images: PreviewImages) -> [[PreviewPanel]] {
        let (source, target, batches) = (images.source, images.target, images.batches)
        let unknown = target.map { sample in
            Annotation(
                classes: LabelMap(
                    height: sample.image.height, width: sample.image.width, channels: 1, filledWith: Annotation.ignored)
            )
        }
        let shown = batches.sourceBatch(source)
        let mixed = mixedBatch(
            batches, source: source, target: target, labels: unknown, confidentShare: 1,
            mixing: mixing.makeStrategy(), classes: ClassPresence(of: source).classes)
        let masked = maskedConsistency?.batch(
            batches, source: source, target: target, labels: unknown, confidentShare: 1)
        return source.indices.map { slot in
            let panels = [
                PreviewPanel(source[slot].name, shown.image(slot)),
                PreviewPanel("labels", shown.image(slot), labels: shown.labelMap(slot)),
                PreviewPanel(target[slot].name, target[slot].image),
                PreviewPanel("mixed and augmented", mixed.image(slot)),
                PreviewPanel("labels pasted", mixed.image(slot), labels: mixed.labelMap(slot)),
            ]
            return panels + (masked.map { [PreviewPanel("masked and augmented", $0.image(slot))] } ?? [])
        }
    }
}
