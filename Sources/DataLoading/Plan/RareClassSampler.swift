package import Configuration
public import Datasets
public import Randomness

/// Rare class sampling (DAFormer, arXiv:2111.14887, section 3.2): draws a class, rare ones more often, then an image
/// that shows enough of it.
///
/// `P(c) = softmax((1 - f_c) / T)` over the classes that occur, `f_c` the share of class `c` among all labelled pixels;
/// see `ClassStatistics.samplingProbabilities`. Where parts of the source have shares, an image's pixels count as often
/// as it would be drawn by them.
public struct RareClassSampler: Sendable, Equatable {
    /// Defaults are those of DAFormer.
    public struct Config: Sendable, Equatable {
        /// `T`; small prefers rare classes (0.01).
        public var temperature = 0.01
        /// An image is drawn for a class only if it has more pixels of it than this, at full resolution (3000).
        public var minPixels = 3000
        /// A crop with at most `minPixels * minCropRatio` pixels of the class is drawn again, up to ten times (0.5 at
        /// crop 512, 2 at crop 1024).
        public var minCropRatio = 0.5

        public init() {}
    }

    private struct Parts: Equatable {
        let shares: DomainShares
        let images: [[[Int]]]
    }

    public let config: Config
    /// `P(c)` by train id; 0 for classes that are never drawn.
    public let probabilities: [Double]
    /// Classes that occur, but in no image with more than `minPixels` pixels: never drawn, worth a warning.
    public let unreachableClasses: [Int]
    /// Indices of the images that a class is drawn from, ascending, by train id.
    private let images: [[Int]]
    /// How often parts of the source are drawn, and the images of each class by part; nil draws all images alike.
    private let parts: Parts?

    /// - Parameters:
    ///   - statistics: of the source images, in the order of their data set.
    ///   - shares: how often its parts are drawn; nil draws all images of a class alike.
    /// - Throws: `noRareClass` when no image has more than `minPixels` pixels of any class.
    public init(
        _ statistics: ClassStatistics, config: Config = Config(), shares: DomainShares? = nil
    ) throws(DataLoadingError) {
        let images = statistics.labelSpace.classes.indices.map {
            statistics.images(with: $0, moreThan: config.minPixels)
        }
        let occurring = statistics.samplingProbabilities(
            temperature: config.temperature, weighing: shares?.imageWeights)
        let reachable = zip(occurring, images).map { $1.isEmpty ? 0 : $0 }
        let sum = reachable.reduce(0, +)
        guard sum > 0 else {
            throw DataLoadingError(
                .noRareClass,
                "none of the \(statistics.images.count) source images has more than \(config.minPixels) pixels of any "
                    + "class; lower data.rareClassSampling.minPixels")
        }
        self.config = config
        self.images = images
        parts = shares.map { shares in Parts(shares: shares, images: images.map(shares.parted)) }
        probabilities = reachable.map { $0 / sum }
        unreachableClasses = occurring.indices.filter { occurring[$0] > 0 && images[$0].isEmpty }
    }

    /// Indices of the images that a class is drawn from, ascending.
    package func images(ofTrainID trainID: Int) -> [Int] { images[trainID] }

    /// Draws a class and one of its images; three 32-bit draws, seldom more.
    public func draw(using random: inout RandomStream) -> (trainID: Int, image: Int) {
        let point = Double(random.next() >> 11) * 0x1p-53
        var below = 0.0
        var chosen = probabilities.lastIndex { $0 > 0 } ?? 0
        for (trainID, probability) in probabilities.enumerated() where probability > 0 {
            below += probability
            if point < below {
                chosen = trainID
                break
            }
        }
        if let parts { return (chosen, parts.shares.draw(from: parts.images[chosen], using: &random)) }
        return (chosen, images[chosen][random.integer(below: images[chosen].count)])
    }

    /// A crop with more pixels of the drawn class than this is kept.
    public var minCropPixels: Double { Double(config.minPixels) * config.minCropRatio }
}

extension RareClassSampler.Config: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("temperature", &temperature, .closed(1e-6...1e6))
        try fields.field("minPixels", &minPixels, .pixels(from: 0))
        try fields.field("minCropRatio", &minCropRatio, .atLeast(0, atMost: 1e6))
    }
}
