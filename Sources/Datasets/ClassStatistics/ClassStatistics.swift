/// How many pixels of each class each image of a labelled set has: what rare-class sampling draws from (DAFormer,
/// arXiv:2111.14887, section 3.2).
public struct ClassStatistics: Sendable, Equatable {
    /// The counts of one label file.
    public struct Image: Sendable, Equatable {
        /// The label file.
        public let file: String
        /// Pixels by train id, at the label's own resolution; classes without a pixel are left out.
        public let pixelCounts: [Int: Int]

        public init(file: String, pixelCounts: [Int: Int]) {
            self.file = file
            self.pixelCounts = pixelCounts
        }
    }

    public let labelSpace: LabelSpace
    /// In the order of the data set's samples.
    public let images: [Image]
    /// Label files that could not be read and count as if they were empty.
    public let unreadableFiles: [String]

    public init(labelSpace: LabelSpace, images: [Image], unreadableFiles: [String] = []) {
        self.labelSpace = labelSpace
        self.images = images
        self.unreadableFiles = unreadableFiles
    }

    /// Pixels of each class over the whole set, by train id.
    public var pixelCounts: [Int] {
        var totals = [Int](repeating: 0, count: labelSpace.classCount)
        for image in images {
            for (trainID, count) in image.pixelCounts { totals[trainID] += count }
        }
        return totals
    }

    /// `f_c`: the share of class c among all labelled pixels; zeros for a set without labelled pixels.
    public var frequencies: [Double] { Self.shares(pixelCounts.map(Double.init)) }

    /// `f_c` where images are drawn more or less often than others.
    ///
    /// - Parameter weights: how often each image is drawn, in any unit; in the order of `images`.
    public func frequencies(weighing weights: [Double]) -> [Double] {
        precondition(
            weights.count == images.count, "ClassStatistics: \(weights.count) weights of \(images.count) images")
        var totals = [Double](repeating: 0, count: labelSpace.classCount)
        for (image, weight) in zip(images, weights) {
            for (trainID, count) in image.pixelCounts { totals[trainID] += weight * Double(count) }
        }
        return Self.shares(totals)
    }

    private static func shares(_ counts: [Double]) -> [Double] {
        let total = counts.reduce(0, +)
        return counts.map { total > 0 ? $0 / total : 0 }
    }

    /// `P(c) = softmax_c((1 - f_c) / T)` over the classes that occur, 0 for the others (DAFormer, equations 8 and 9).
    ///
    /// - Parameters:
    ///   - temperature: `T`, above 0; small values prefer rare classes.
    ///   - weights: see `frequencies(weighing:)`; nil where all images are drawn alike.
    public func samplingProbabilities(temperature: Double = 0.01, weighing weights: [Double]? = nil) -> [Double] {
        precondition(temperature > 0, "ClassStatistics: the temperature must be above 0, got \(temperature)")
        let frequencies = weights.map(frequencies(weighing:)) ?? frequencies
        guard let rarest = frequencies.filter({ $0 > 0 }).min() else { return frequencies }
        let weights = frequencies.map { $0 > 0 ? exponential((rarest - $0) / temperature) : 0 }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    /// Indices of the images that have more than `minimumPixels` of a class, ascending.
    public func images(with trainID: Int, moreThan minimumPixels: Int = 3000) -> [Int] {
        images.indices.filter { images[$0].pixelCounts[trainID, default: 0] > minimumPixels }
    }

    /// The label files without a labelled pixel, in the order of the data set; those that cannot be read are not among
    /// them.
    public var emptyFiles: [String] {
        let unreadable = Set(unreadableFiles)
        return images.filter { $0.pixelCounts.isEmpty && !unreadable.contains($0.file) }.map(\.file)
    }

    /// Train ids of the classes that no image has.
    public var absentClasses: [Int] {
        let counts = pixelCounts
        return counts.indices.filter { counts[$0] == 0 }
    }
}
