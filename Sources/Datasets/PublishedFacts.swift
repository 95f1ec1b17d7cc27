/// What the authors of a data set say about it, for checks of a copy on disk.
public struct PublishedFacts: Sendable, Equatable {
    /// How many images of one split and condition there are.
    public struct Count: Sendable, Equatable {
        public let split: DatasetSplit
        /// nil where the data set does not sort by conditions.
        public let condition: CaptureCondition?
        public let images: Int

        public init(_ split: DatasetSplit, _ condition: CaptureCondition? = nil, images: Int) {
            self.split = split
            self.condition = condition
            self.images = images
        }
    }

    /// The name it is known by.
    public let title: String
    public let counts: [Count]
    /// Of most images.
    public let height: Int
    public let width: Int
    /// Whether all images have that size.
    public let isOneSize: Bool
    /// Splits whose labels only the benchmark's server has.
    public let withheldLabels: Set<DatasetSplit>
    /// Conditions read unless others are named; empty where there are none.
    public let defaultConditions: [CaptureCondition]

    public init(
        title: String, counts: [Count], height: Int, width: Int, isOneSize: Bool = true,
        withheldLabels: Set<DatasetSplit> = [], defaultConditions: [CaptureCondition] = []
    ) {
        self.title = title
        self.counts = counts
        self.height = height
        self.width = width
        self.isOneSize = isOneSize
        self.withheldLabels = withheldLabels
        self.defaultConditions = defaultConditions
    }

    /// Images of a split, of the named conditions or all; nil where nothing is published about it.
    public func count(_ split: DatasetSplit, conditions: [CaptureCondition] = []) -> Int? {
        let matching = counts.filter { count in
            count.split == split && (conditions.isEmpty || count.condition.map(conditions.contains) ?? true)
        }
        return matching.isEmpty ? nil : matching.reduce(0) { $0 + $1.images }
    }
}

extension PublishedFacts {
    /// What is to be expected where some of the training images are `val`.
    public func holdingOut(_ heldOut: Int?) -> PublishedFacts {
        guard let heldOut, let all = count(.train) else { return self }
        return PublishedFacts(
            title: title, counts: [Count(.train, images: all - heldOut), Count(.val, images: heldOut)], height: height,
            width: width, isOneSize: isOneSize, withheldLabels: withheldLabels, defaultConditions: defaultConditions)
    }

    /// Refuses a split of a data set that is published as training images alone, unless some of them are held out for
    /// it.
    func requireShare(_ split: DatasetSplit, _ options: DatasetOptions, root: String) throws(DatasetError) {
        guard split != .test, split == .train || options.heldOut != nil else {
            throw DatasetError(
                .unsupportedOption,
                "\(root): \(title) has no split \(split.rawValue); use train, and another set to validate, or keep some images "
                    + "for val with heldOut")
        }
    }

    /// The images of a split of a data set that is published as training images alone: of those that are sorted last,
    /// `DatasetOptions.heldOut` are `val`, and the others `train`.
    ///
    /// - Throws: `unsupportedOption` where none is left to train on.
    func share(
        _ samples: [SegmentationSample], of split: DatasetSplit, _ options: DatasetOptions, root: String
    ) throws(DatasetError) -> [SegmentationSample] {
        let heldOut = options.heldOut ?? 0
        guard heldOut < samples.count || samples.isEmpty else {
            throw DatasetError(
                .unsupportedOption,
                "\(root): heldOut \(heldOut) leaves none of \(samples.count) images to train on; give a smaller number")
        }
        return split == .train ? samples.dropLast(heldOut) : samples.suffix(heldOut)
    }
}
