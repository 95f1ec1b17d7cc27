internal import Glibc
public import Randomness

/// Rare class sampling (DAFormer, arXiv:2111.14887, section 3.2): draws a class, rare ones more often, then an image
/// that shows enough of it.
///
/// `P(c) = softmax((1 - f_c) / T)` over the classes that occur, `f_c` the share of class `c` among all labelled pixels.
public struct RareClassSampler: Sendable, Equatable {
    public struct Config: Sendable, Equatable {
        /// `T`; small prefers rare classes (DAFormer: 0.01).
        public var temperature = 0.01
        /// An image is drawn for a class only if it has more pixels of it than this, in the label file (3000).
        public var minPixels = 3000
        /// A crop with at most `minPixels * minCropRatio` pixels of the class is drawn again (0.5 at crop 512, 2 at 1024).
        public var minCropRatio = 0.5

        public init(temperature: Double = 0.01, minPixels: Int = 3000, minCropRatio: Double = 0.5) {
            self.temperature = temperature
            self.minPixels = minPixels
            self.minCropRatio = minCropRatio
        }
    }

    public let config: Config
    /// `P(c)` by train id; 0 for classes that are never drawn.
    public let probabilities: [Double]
    /// Classes that occur, but in no image with more than `minPixels` pixels: never drawn, worth a warning.
    public let unreachableClasses: [Int]
    /// Indices of the images that a class is drawn from, ascending, by train id.
    private let images: [[Int]]

    /// - Parameter pixelCounts: pixels by image and train id, at the resolution of the label files.
    /// - Throws: `noRareClass` when no image has more than `minPixels` pixels of any class.
    public init(pixelCounts: [[Int]], config: Config = Config()) throws(DataLoadingError) {
        precondition(config.temperature > 0, "RareClassSampler: temperature must be above 0, got \(config.temperature)")
        let classCount = pixelCounts.first?.count ?? 0
        precondition(
            pixelCounts.allSatisfy { $0.count == classCount }, "RareClassSampler: rows of pixelCounts differ in length")
        var totals = [Int](repeating: 0, count: classCount)
        var images = [[Int]](repeating: [], count: classCount)
        for (index, row) in pixelCounts.enumerated() {
            for (trainID, pixels) in row.enumerated() {
                totals[trainID] += pixels
                if pixels > config.minPixels { images[trainID].append(index) }
            }
        }
        guard images.contains(where: { !$0.isEmpty }) else {
            throw DataLoadingError(
                .noRareClass,
                "none of the \(pixelCounts.count) source images has more than \(config.minPixels) pixels of any class; "
                    + "lower data.rareClassSampling.minPixels")
        }
        self.config = config
        self.images = images
        unreachableClasses = totals.indices.filter { totals[$0] > 0 && images[$0].isEmpty }
        probabilities = Self.probabilities(totals, reachable: images.map { !$0.isEmpty }, config.temperature)
    }

    private static func probabilities(_ totals: [Int], reachable: [Bool], _ temperature: Double) -> [Double] {
        let all = Double(totals.reduce(0, +))
        let scores = totals.map { (1 - Double($0) / all) / temperature }
        let largest = zip(scores, reachable).filter { $0.1 }.map { $0.0 }.max() ?? 0
        let weights = zip(scores, reachable).map { $0.1 ? exp($0.0 - largest) : 0 }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

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
        return (chosen, images[chosen][random.integer(below: images[chosen].count)])
    }

    /// A crop with more pixels of the drawn class than this is kept.
    public var minCropPixels: Double { Double(config.minPixels) * config.minCropRatio }
}
