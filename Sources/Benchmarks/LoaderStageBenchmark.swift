internal import Annotations
internal import Basics
internal import DataLoading
internal import Datasets
internal import ImageIO
internal import Mixing
internal import Randomness
internal import Training

/// How long one core takes for each stage of preparing an image of a given size, on generated files.
public final class LoaderStageBenchmark {
    public struct Options: Sendable {
        /// Size of the files, in pixels.
        public var height: Int
        public var width: Int
        /// Files are fitted into this.
        public var resizedHeight: Int
        public var resizedWidth: Int
        /// Side of the square crops.
        public var crop: Int
        /// Times that each stage is run.
        public var rounds: Int

        public init(height: Int, width: Int, resizedHeight: Int, resizedWidth: Int, crop: Int, rounds: Int) {
            self.height = height
            self.width = width
            self.resizedHeight = resizedHeight
            self.resizedWidth = resizedWidth
            self.crop = crop
            self.rounds = rounds
        }
    }

    /// One stage, for files of one format.
    public struct Row: Sendable {
        /// `PNG` or `JPEG`.
        public let format: String
        public let stage: String
        /// Median of the processor time that one image takes.
        public let secondsPerImage: Double
        /// Whether the row is all that an image of one domain takes, rather than a part of it.
        public let isWhole: Bool
    }

    public private(set) var rows: [Row] = []
    private let options: Options
    private let batches = BatchBuilder(seed: 1)

    /// Writes the files, runs every stage, and removes the files.
    ///
    /// - Throws: what writing and reading the files throws.
    public init(_ options: Options) throws {
        self.options = options
        let files = try GeneratedImageFiles(height: options.height, width: options.width)
        for format in GeneratedImageFiles.Format.allCases {
            let dataset = try files.dataset(format)
            try measureParts(of: dataset, format.rawValue)
            try measureWhole(dataset, format.rawValue)
        }
    }

    private var rule: ResizeRule { .fitting(height: options.resizedHeight, width: options.resizedWidth) }

    private func reader(_ dataset: any SegmentationDataset, storeBytes: Int) throws -> SampleReader {
        let input = SampleReader.Input(dataset, resize: rule)
        return SampleReader(
            source: input, target: input,
            plan: SamplePlan(seed: 1, globalBatch: 1, sourceCount: dataset.count, targetCount: dataset.count),
            cropPlan: CropPlan(seed: 1, height: options.crop, width: options.crop),
            margins: .crop(CropMargins(top: options.crop * 15 / 512, bottom: options.crop * 120 / 512)),
            store: try SharedSampleStore(itemCount: 2 * dataset.count, capacityBytes: storeBytes))
    }

    private func measureParts(of dataset: any SegmentationDataset, _ format: String) throws {
        var image = try dataset.loadImage(0)
        var labels = try dataset.loadLabels(0)
        try measure("decode image", format) { image = try dataset.loadImage($0 % dataset.count) }
        var decoded = try dataset.loadImage(0, for: rule)
        try measure("decode for its size", format) { decoded = try dataset.loadImage($0 % dataset.count, for: rule) }
        try measure("decode labels", format) { labels = try dataset.loadLabels($0 % dataset.count) }
        let size = rule.size(height: image.height, width: image.width)
        try measure("resize image", format) { _ in
            _ = decoded.image.resizedBilinear(height: size.height, width: size.width)
        }
        try measure("resize labels", format) { _ in _ = labels.resizedNearest(height: size.height, width: size.width) }
        let reader = try reader(dataset, storeBytes: 4 * dataset.count * 4 * size.height * size.width)
        // From now on the store has all images.
        for step in 0..<dataset.count * dataset.count { _ = try reader.sample(.source, step: step, slot: 0) }
        var source = try reader.sample(.source, step: 0, slot: 0)
        try measure("crop", format) { source = try reader.sample(.source, step: $0, slot: 0) }
        let target = try reader.sample(.target, step: 0, slot: 0)
        try measurePixels(source.image, source.labels ?? labels, onto: target.image, format)
    }

    /// What happens to crops.
    private func measurePixels(
        _ source: RGBImage, _ labels: LabelMap, onto target: RGBImage, _ format: String
    ) throws {
        var mixed = target
        try measure("ClassMix", format) { round in
            var random = RandomStream(seed: 1, "bench mixing", step: round)
            let classes = ClassPresence(of: [labels]).classes
            let annotation = Annotation(classes: labels)
            let pair = MixingPair(
                step: round, slot: 0, source: AnnotatedImage(image: source, annotation: annotation),
                target: AnnotatedImage(image: target, annotation: annotation), classes: classes)
            mixed = ClassMix().mixture(of: pair, using: &random).mixed().image
        }
        var random = RandomStream(seed: 1, "bench jitter")
        var colors = FloatImage(colors: mixed)
        try measure("colour jitter", format) { _ in
            colors = FloatImage(colors: mixed)
            ColorJitter(strength: 0.2, using: &random).apply(to: &colors)
        }
        try measure("detection's colour jitter", format) { _ in
            var changed = mixed
            SSDColorJitter(brightness: 12, contrast: 0.8, saturation: 1.3, hue: 7).apply(to: &changed)
        }
        try measure("colour transfer", format) { _ in
            var transferred = source
            ColorTransfer(to: target).apply(to: &transferred)
        }
        try measure("blur", format) { _ in
            var blurred = colors
            GaussianBlur(sigma: 1.15).apply(to: &blurred)
        }
        try measure("normalise", format) { _ in
            _ = batches.normalization.batch([colors]) { batches.normalization.normalize($0, into: $1) }
        }
    }

    /// Everything that a training step asks for, as it asks for it, with files decoded anew.
    private func measureWhole(_ dataset: any SegmentationDataset, _ format: String) throws {
        let reader = try reader(dataset, storeBytes: 1)
        let augmentation = StrongAugmentation.Config()
        // The steps whose images are both jittered and blurred, which is most work.
        let steps = (0..<100 * options.rounds).lazy.filter { [batches] step in
            let drawn = batches.augmentation(augmentation, step: step, pass: "mix")
            return drawn.jitters && drawn.blurs
        }
        var sources: [Sample] = []
        try measure("source image", format, isWhole: true) { step in
            sources = [try reader.sample(.source, step: step, slot: 0)]
            _ = batches.sourceBatch(sources)
        }
        var next = steps.makeIterator()
        try measure("target image", format, isWhole: true) { [batches] _ in
            guard let step = next.next(), let source = sources.first, let labels = source.annotation else { return }
            let target = try reader.sample(.target, step: step, slot: 0)
            _ = batches.mixedBatch(
                source: [source], target: [target], pseudoLabels: [labels], confidentShare: 0.5,
                classes: ClassPresence(of: sources).classes, augmentation: augmentation)
        }
    }

    private func measure(
        _ stage: String, _ format: String, isWhole: Bool = false, _ work: (_ round: Int) throws -> Void
    ) throws {
        try work(0)
        var seconds: [Double] = []
        for round in 0..<options.rounds {
            let start = ProcessorClock.threadSeconds
            try work(round)
            seconds.append(ProcessorClock.threadSeconds - start)
        }
        seconds.sort()
        rows.append(
            Row(format: format, stage: stage, secondsPerImage: seconds[seconds.count / 2], isWhole: isWhole))
    }
}
