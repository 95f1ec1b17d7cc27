internal import ImageIO

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

    /// Counts every label of a data set; reads all its label files.
    ///
    /// - Parameter skipsUnreadable: files that cannot be read count as empty, so that no class is drawn from them.
    /// - Throws: what `loadLabels` throws; `missingLabel` for a set opened without labels.
    public init(counting dataset: some SegmentationDataset, skipsUnreadable: Bool = false) throws(DatasetError) {
        var images: [Image] = []
        var unreadable: [String] = []
        for (index, sample) in dataset.samples.enumerated() {
            let file = sample.labelPath ?? sample.name
            do {
                images.append(Image(file: file, pixelCounts: Self.histogram(of: try dataset.loadLabels(index))))
            } catch {
                guard skipsUnreadable, sample.labelPath != nil else { throw error }
                images.append(Image(file: file, pixelCounts: [:]))
                unreadable.append(file)
            }
        }
        self.init(labelSpace: dataset.labelSpace, images: images, unreadableFiles: unreadable)
    }

    /// Pixels of each train id in one image; classes without a pixel and ignored pixels are left out.
    static func histogram(of labels: LabelMap) -> [Int: Int] {
        var counts = [Int](repeating: 0, count: 256)
        for label in labels.pixels { counts[Int(label)] += 1 }
        counts[Int(LabelSpace.ignoreLabel)] = 0
        return Dictionary(uniqueKeysWithValues: counts.enumerated().filter { $1 > 0 }.map { ($0, $1) })
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
    public var frequencies: [Double] {
        let counts = pixelCounts
        let total = counts.reduce(0, +)
        return counts.map { total > 0 ? Double($0) / Double(total) : 0 }
    }

    /// `P(c) = softmax_c((1 - f_c) / T)` over the classes that occur, 0 for the others (DAFormer, equations 8 and 9).
    ///
    /// - Parameter temperature: `T`, above 0; small values prefer rare classes.
    public func samplingProbabilities(temperature: Double = 0.01) -> [Double] {
        precondition(temperature > 0, "ClassStatistics: the temperature must be above 0, got \(temperature)")
        let frequencies = frequencies
        guard let rarest = frequencies.filter({ $0 > 0 }).min() else { return frequencies }
        let weights = frequencies.map { $0 > 0 ? exponential((rarest - $0) / temperature) : 0 }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    /// Indices of the images that have more than `minimumPixels` of a class, ascending.
    public func images(with trainID: Int, moreThan minimumPixels: Int = 3000) -> [Int] {
        images.indices.filter { images[$0].pixelCounts[trainID, default: 0] > minimumPixels }
    }
}
