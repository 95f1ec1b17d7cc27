internal import Annotations
public import Datasets
public import ImageIO
internal import Synchronization

/// Reads the sample of any (domain, step, slot): plan, store, decoding, resizing and cropping in one place.
///
/// The result does not depend on who asks, when, or on the state of the store, so that a teacher rank gets the pixels
/// its students train on by asking for their slots. Safe to use from several threads.
public final class SampleReader: Sendable {
    /// A data set and the size it is read at.
    public struct Input: Sendable {
        public let dataset: any SegmentationDataset
        public let resize: ResizeRule
        /// Whether JPEG files are decoded at the fraction of their size that is enough for `resize`.
        public let reducesJPEG: Bool
        /// What changes from one showing of an image to the next; nil for crop and flip alone.
        public let augmentation: SampleAugmentation?
        /// Whether somebody needs the objects; without need they are neither read nor kept.
        public let readsObjects: Bool

        /// How the images of one part of a domain are read.
        public struct Part: Sendable {
            public let count: Int
            public let resize: ResizeRule
            public let reducesJPEG: Bool
            public let augmentation: SampleAugmentation?

            public init(
                count: Int, resize: ResizeRule, reducesJPEG: Bool, augmentation: SampleAugmentation? = nil
            ) {
                self.count = count
                self.resize = resize
                self.reducesJPEG = reducesJPEG
                self.augmentation = augmentation
            }
        }

        /// Where parts of the data set are read in different ways; empty where all are read alike.
        private let parts: [Part]

        /// - Precondition: all parts together have the data set's images.
        public init(
            _ dataset: any SegmentationDataset, resize: ResizeRule = .none, reducesJPEG: Bool = true,
            augmentation: SampleAugmentation? = nil, readsObjects: Bool = false, parts: [Part] = []
        ) {
            precondition(
                parts.isEmpty || parts.reduce(0) { $0 + $1.count } == dataset.count,
                "SampleReader: the parts do not make up \(dataset.name)")
            self.parts = parts
            self.dataset = dataset
            self.resize = resize
            self.reducesJPEG = reducesJPEG
            self.augmentation = augmentation
            self.readsObjects = readsObjects
        }

        /// How an image is resized.
        public func resize(of index: Int) -> ResizeRule { part(of: index)?.resize ?? resize }

        /// What changes in an image from one showing to the next.
        public func augmentation(of index: Int) -> SampleAugmentation {
            (part(of: index).map(\.augmentation) ?? augmentation) ?? SampleAugmentation()
        }

        /// What an image's codec may shrink it to.
        func decoding(of index: Int) -> ResizeRule {
            part(of: index)?.reducesJPEG ?? reducesJPEG ? resize(of: index) : .none
        }

        private func part(of index: Int) -> Part? {
            var rest = index
            for part in parts {
                if rest < part.count { return part }
                rest -= part.count
            }
            return nil
        }
    }

    /// Replacements tried for one slot before the data set is given up.
    static let largestAttempt = 20

    public let source: Input
    public let target: Input?
    public let plan: SamplePlan
    public let cropPlan: CropPlan
    public let store: SharedSampleStore
    private let cutter: SampleCutter
    private let onBadSample: BadSamplePolicy
    private let badFiles = Mutex<Set<String>>([])

    /// - Parameters:
    ///   - source: opened with labels.
    ///   - target: nil when the method uses none.
    ///   - store: with `itemCount(source:target:)` items.
    ///   - keepsCutOffObjects: whether a sample also has the objects of its image that lie outside of its crop, with
    ///     empty masks.
    /// - Precondition: `plan` has the counts of the two data sets.
    public init(
        source: Input, target: Input?, plan: SamplePlan, cropPlan: CropPlan, margins: IgnoredMargins = .none,
        store: SharedSampleStore, onBadSample: BadSamplePolicy = .stop, keepsCutOffObjects: Bool = false
    ) {
        precondition(
            plan.sourceCount == source.dataset.count && plan.targetCount == target?.dataset.count ?? 0,
            "SampleReader: plan is for \(plan.sourceCount) + \(plan.targetCount) images, the data sets have "
                + "\(source.dataset.count) + \(target?.dataset.count ?? 0)")
        precondition(
            store.itemCount == Self.itemCount(source: source, target: target),
            "SampleReader: the store has \(store.itemCount) items, not one an image")
        self.source = source
        self.target = target
        self.plan = plan
        self.cropPlan = cropPlan
        self.store = store
        self.onBadSample = onBadSample
        cutter = SampleCutter(
            height: cropPlan.height, width: cropPlan.width, margins: margins, keepsCutOffObjects: keepsCutOffObjects)
    }

    /// Items a store for these data sets needs: source images first, then target images.
    public static func itemCount(source: Input, target: Input?) -> Int {
        source.dataset.count + (target?.dataset.count ?? 0)
    }

    /// Files of this rank's samples that could not be read so far, sorted.
    public var unreadableFiles: [String] { badFiles.withLock { $0.sorted() } }

    /// The sample of a slot.
    ///
    /// - Throws: `badSample` under `.stop`; `tooManyBadSamples` when replacements fail as well.
    public func sample(_ domain: SampleDomain, step: Int, slot: Int) throws(DataLoadingError) -> Sample {
        var skipped: [String] = []
        var lastError: DataLoadingError?
        for attempt in 0..<Self.largestAttempt {
            let planned = plan.sample(domain, step: step, slot: slot, attempt: attempt)
            do {
                return try read(planned, skipped: skipped)
            } catch {
                guard onBadSample == .skip, error.code == .badSample else { throw error }
                let file = input(domain).dataset.samples[planned.index].imagePath
                badFiles.withLock { _ = $0.insert(file) }
                skipped.append(file)
                lastError = error
            }
        }
        throw DataLoadingError(
            .tooManyBadSamples,
            "\(Self.largestAttempt) \(domain.rawValue) images drawn for one place could not be read; check the disk of "
                + "\(input(domain).dataset.name)", cause: lastError)
    }

    private func input(_ domain: SampleDomain) -> Input {
        switch domain {
        case .source: return source
        case .target:
            guard let target else { preconditionFailure("SampleReader: there are no target images") }
            return target
        }
    }

    private func read(_ planned: PlannedSample, skipped: [String]) throws(DataLoadingError) -> Sample {
        let input = input(planned.domain)
        let item = planned.domain == .source ? planned.index : source.dataset.count + planned.index
        return try store.withRecord(
            item, decode: { () throws(DataLoadingError) in try Self.record(planned, of: input) }
        ) { view in
            let augmentation = input.augmentation(of: planned.index)
            let size = augmentation.size(of: planned, height: view.height, width: view.width, seed: plan.seed)
            return cutter.sample(
                planned, name: input.dataset.samples[planned.index].name, from: view,
                crop: crop(of: planned, in: view, size),
                changes: .init(size: size, colors: augmentation.colors(of: planned, seed: plan.seed)),
                padding: input.resize(of: planned.index).paddedSize == nil ? SampleCutter.mean : SampleCutter.black,
                skipped: skipped)
        }
    }

    /// Where an image is cropped that has `size` in this sample.
    private func crop(
        of planned: PlannedSample, in view: SampleRecordView, _ size: (height: Int, width: Int)
    ) -> Crop {
        guard let labels = view.labels, size != (view.height, view.width) else {
            return cropPlan.crop(of: planned, imageHeight: size.height, imageWidth: size.width, labels: view.labels)
        }
        guard cropPlan.dependsOnLabels(planned) else {
            return cropPlan.crop(of: planned, imageHeight: size.height, imageWidth: size.width)
        }
        let resized = SampleCutter.resizedLabels(
            labels, (view.height, view.width), to: size, rows: 0..<size.height, columns: 0..<size.width)
        return resized.withUnsafeBufferPointer {
            cropPlan.crop(of: planned, imageHeight: size.height, imageWidth: size.width, labels: $0)
        }
    }

    /// Decodes and resizes; the labels of target images are never read.
    private static func record(_ planned: PlannedSample, of input: Input) throws(DataLoadingError) -> SampleRecord {
        let (rule, resize) = (input.decoding(of: planned.index), input.resize(of: planned.index))
        do {
            guard planned.domain == .source else {
                return record(try input.dataset.loadImage(planned.index, for: rule), nil, resize)
            }
            guard input.readsObjects else {
                let (image, labels) = try input.dataset.loadLabelled(planned.index, for: rule)
                return record(image, Annotation(classes: labels), resize)
            }
            // No class is learnt where nobody told objects apart.
            let (image, annotation) = try input.dataset.loadAnnotated(planned.index, for: rule)
            return record(image, annotation.ignoringCrowds, resize)
        } catch {
            throw DataLoadingError(.badSample, "\(error); or leave such files out with data.onBadSample: skip")
        }
    }

    private static func record(
        _ decoded: DecodedImage, _ annotation: Annotation?, _ rule: ResizeRule
    ) -> SampleRecord {
        let old = (height: decoded.fileHeight, width: decoded.fileWidth)
        let new = rule.size(height: old.height, width: old.width)
        return SampleRecord(
            image: rule(decoded),
            annotation: annotation?.resizedNearest(height: new.height, width: new.width, sampling: rule.sampling),
            fileHeight: old.height, fileWidth: old.width)
    }
}
