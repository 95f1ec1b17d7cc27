internal import Annotations
internal import ImageIO

/// What is pasted into a target image: objects that are cut out of a source image, and remembered ones over them.
struct SourceObjects {
    /// Labels of the mixture, in their order; with their whole masks, but for what remembered objects cover.
    private(set) var selected: [AnnotatedObject]
    /// What is pasted with each of them.
    private(set) var regions: [ObjectMask]
    private(set) var pastes: [Paste]
    /// Which objects are remembered from.
    private let remembered: AnnotatedImage

    /// - Parameter source: whose objects are known.
    init(_ source: AnnotatedImage, _ config: BidirectionalMix.Config) {
        let objects = (source.annotation.objects ?? []).filter { !$0.isCrowd }
        let (height, width) = (source.image.height, source.image.width)
        selected = objects.filter(config.rule.pastes)
        let regions = selected.map(config.rule.region)
        self.regions = regions
        let isFirstPasted = objects.first.map(config.rule.pastes) ?? false
        var soft = source
        let isBlurred = config.blur == .once || config.blur == .afterFirst && isFirstPasted
        if isBlurred && !selected.isEmpty { soft.image = source.image.softened() }
        remembered = soft
        let sharpCount = config.blur == .afterFirst && isFirstPasted ? 1 : 0
        let layers = [(source, regions.prefix(sharpCount)), (soft, regions.dropFirst(sharpCount))]
        pastes = layers.filter { !$0.1.isEmpty }.map { image, regions in
            Paste(image, mask: Array(regions).union(height: height, width: width), objects: [])
        }
    }

    /// Those of some classes, to be remembered.
    func entries(of classes: Set<UInt8>) -> [RareClassPool.Entry] {
        zip(selected, regions).filter { classes.contains($0.0.trainID) }.map { object, region in
            RareClassPool.Entry(
                object, region: region, of: remembered.image, classes: remembered.annotation.classes)
        }
    }

    /// Pastes remembered objects, one over the other and over all that is there.
    mutating func append(_ entries: [RareClassPool.Entry], _ config: BidirectionalMix.Config) {
        let (height, width) = (remembered.image.height, remembered.image.width)
        pastes.append(
            Paste(
                entries.canvas(height: height, width: width),
                mask: entries.map(\.region).union(height: height, width: width), objects: []))
        for entry in entries {
            let cover = [config.rectanglesCover ? entry.region : entry.object.mask].union(height: height, width: width)
            selected = selected.uncovered(by: cover, keepsVanished: config.keepsVanished) + [entry.object]
        }
        regions += entries.map(\.region)
    }
}
