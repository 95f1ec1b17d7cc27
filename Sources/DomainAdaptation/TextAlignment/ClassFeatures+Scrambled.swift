public import Configuration
public import TensorEngine

extension ClassFeatures {
    /// How the mean feature of a class comes about.
    public enum Means: String, Sendable, CaseIterable, ConfigurationChoice {
        /// Channel by channel, over the cells that show the class.
        case exact
        /// As the released code of CoPT has it: exact where one image of the batch shows the class. Where several do,
        /// their features are laid out image by image, channel by channel, cell by cell, and this row is read as one of
        /// `[C, cells]`: an entry of the mean mixes channels.
        case scrambled
    }

    /// Adds up the features of each class.
    ///
    /// - Parameters:
    ///   - features: `[B, h, w, C]`.
    ///   - labels: see `init(_:labels:classCount:)`.
    ///   - student: whose images these are: in the global batch, those of student 0 come first. Every student has as
    ///     many.
    ///   - reduce: adds lists of numbers up over the students, element by element; only called for scrambled means.
    public init<Failure: Error>(
        _ features: Tensor, labels: [UInt8], classCount: Int, means: Means, student: (index: Int, count: Int),
        reduce: (inout [Double]) throws(Failure) -> Void
    ) throws(Failure) {
        guard means == .scrambled else {
            self.init(features, labels: labels, classCount: classCount)
            return
        }
        let cells = ImageCells(labels, images: features.shape[0], classCount: classCount)
        var shown = [Double](repeating: 0, count: student.count * cells.counts.count)
        for (index, count) in cells.counts.enumerated() {
            shown[student.index * cells.counts.count + index] = Double(count)
        }
        try reduce(&shown)
        let rows = cells.rows(
            shown: shown.map { Int($0) }, firstImage: student.index * cells.images, channels: features.shape[3])
        let groups = IndexTensor(rows, shape: [rows.count])
        let sums = features.reshaped([rows.count, 1]).summedByGroup(groups, count: classCount * features.shape[3])
        self.init(sums: sums.reshaped([classCount, features.shape[3]]), counts: cells.totals)
    }
}

/// Which cells of a student's images show which class.
private struct ImageCells {
    let images: Int
    let classCount: Int
    /// Image by image, as `ClassFeatures.sampled` gives them.
    private let labels: [UInt8]
    /// Cells of each class in each image, `[images, classCount]`.
    private(set) var counts: [Int]

    init(_ labels: [UInt8], images: Int, classCount: Int) {
        precondition(labels.count % images == 0, "ClassFeatures: \(labels.count) labels for \(images) images")
        self.images = images
        self.classCount = classCount
        self.labels = labels
        counts = [Int](repeating: 0, count: images * classCount)
        let cells = labels.count / images
        for (cell, label) in labels.enumerated() where Int(label) < classCount {
            counts[cell / cells * classCount + Int(label)] += 1
        }
    }

    /// Cells of each class.
    var totals: [Int] { (0..<classCount).map { c in (0..<images).reduce(0) { $0 + counts[$1 * classCount + c] } } }

    /// Where each number of `[images, cells, channels]` belongs in `[classCount, channels]`; -1 for nowhere.
    ///
    /// - Parameters:
    ///   - shown: cells of each class in each image of the global batch, `[all images, classCount]`.
    ///   - firstImage: of this student, in the global batch.
    func rows(shown: [Int], firstImage: Int, channels: Int) -> [Int32] {
        let cells = labels.count / images
        var rows = [Int32](repeating: -1, count: labels.count * channels)
        for c in 0..<classCount {
            let ofImages = (0..<shown.count / classCount).map { shown[$0 * classCount + c] }
            let total = ofImages.reduce(0, +)
            for image in 0..<images where ofImages[firstImage + image] > 0 {
                let before = ofImages[..<(firstImage + image)].reduce(0, +) * channels
                var position = 0
                for cell in image * cells..<(image + 1) * cells where Int(labels[cell]) == c {
                    for channel in 0..<channels {
                        let place = before + channel * ofImages[firstImage + image] + position
                        rows[cell * channels + channel] = Int32(c * channels + place / total)
                    }
                    position += 1
                }
            }
        }
        return rows
    }
}
