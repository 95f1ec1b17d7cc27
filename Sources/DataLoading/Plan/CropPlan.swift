internal import Annotations
internal import Randomness

/// A rectangle of an image, mirrored or not.
public struct Crop: Sendable, Equatable {
    public let top: Int
    public let left: Int
    public let height: Int
    public let width: Int
    /// Columns run from right to left.
    public let isFlipped: Bool

    package init(top: Int, left: Int, height: Int, width: Int, isFlipped: Bool) {
        self.top = top
        self.left = left
        self.height = height
        self.width = width
        self.isFlipped = isFlipped
    }
}

/// Where a sample is cropped: a pure function of the planned sample, the image's size and, for source images, its
/// labels.
///
/// Offsets are uniform integers. Target images take the first draw. A source crop is drawn again, at most ten times,
/// while one class covers `maxClassShare` of its labelled pixels or only one class is in it (mmsegmentation
/// `RandomCrop`, `cat_max_ratio`); around this, an image drawn for a rare class is cropped again, at most ten times,
/// while the crop has too few pixels of the class (DAFormer `UDADataset`). The last redraw is accepted as it is.
public struct CropPlan: Sendable {
    static let redraws = 10

    public let seed: UInt64
    public let height: Int
    public let width: Int
    /// 1 or more accepts every crop (mmsegmentation: 0.75).
    public let maxClassShare: Double
    /// A crop of an image drawn for a class must have more pixels of it than this.
    public let minRareClassPixels: Double

    public init(seed: UInt64, height: Int, width: Int, maxClassShare: Double = 0.75, minRareClassPixels: Double = 0) {
        precondition(height > 0 && width > 0, "CropPlan: crops must not be empty, got \(height)x\(width)")
        self.seed = seed
        self.height = height
        self.width = width
        self.maxClassShare = maxClassShare
        self.minRareClassPixels = minRareClassPixels
    }

    /// Whether the labels of a source image decide where it is cropped.
    func dependsOnLabels(_ sample: PlannedSample) -> Bool {
        sample.domain == .source && (maxClassShare < 1 || sample.rareClass != nil)
    }

    /// The crop of a sample; smaller than `height` x `width` where the image is.
    ///
    /// - Parameter labels: train ids `[imageHeight, imageWidth]` of a source image; nil accepts the first draw.
    public func crop(
        of sample: PlannedSample, imageHeight: Int, imageWidth: Int, labels: UnsafeBufferPointer<UInt8>? = nil
    ) -> Crop {
        var random = RandomStream(
            seed: seed, .crop(ofDomain: sample.domain.rawValue), step: sample.step, rank: sample.slot)
        let offsets = CropOffsets(
            imageHeight: imageHeight, imageWidth: imageWidth, height: min(height, imageHeight),
            width: min(width, imageWidth), isFlipped: sample.isFlipped)
        guard let labels, offsets.count > 1 else { return offsets.draw(&random) }
        precondition(labels.count == imageHeight * imageWidth, "CropPlan: labels do not fill the image")
        var (crop, counts) = balanced(offsets, labels, &random)
        guard let rareClass = sample.rareClass else { return crop }
        for _ in 0..<Self.redraws where Double(counts[rareClass]) <= minRareClassPixels {
            (crop, counts) = balanced(offsets, labels, &random)
        }
        return crop
    }

    private func balanced(
        _ offsets: CropOffsets, _ labels: UnsafeBufferPointer<UInt8>, _ random: inout RandomStream
    ) -> (Crop, [Int]) {
        var crop = offsets.draw(&random)
        var counts = labelCounts(of: crop, in: labels, imageWidth: offsets.imageWidth)
        guard maxClassShare < 1 else { return (crop, counts) }
        for _ in 0..<Self.redraws where !isBalanced(counts) {
            crop = offsets.draw(&random)
            counts = labelCounts(of: crop, in: labels, imageWidth: offsets.imageWidth)
        }
        return (crop, counts)
    }

    /// Whether at least two classes are present and none covers `maxClassShare` of the labelled pixels.
    private func isBalanced(_ counts: [Int]) -> Bool {
        let present = counts.prefix(Int(Annotation.ignored)).filter { $0 > 0 }
        guard present.count > 1, let largest = present.max() else { return false }
        return Double(largest) < maxClassShare * Double(present.reduce(0, +))
    }
}

/// All places of a crop in an image.
private struct CropOffsets {
    let imageHeight: Int
    let imageWidth: Int
    let height: Int
    let width: Int
    let isFlipped: Bool

    var count: Int { (imageHeight - height + 1) * (imageWidth - width + 1) }

    func draw(_ random: inout RandomStream) -> Crop {
        let top = random.integer(below: imageHeight - height + 1)
        let left = random.integer(below: imageWidth - width + 1)
        return Crop(top: top, left: left, height: height, width: width, isFlipped: isFlipped)
    }
}

/// Pixels of each of the 256 label values in a crop.
private func labelCounts(of crop: Crop, in labels: UnsafeBufferPointer<UInt8>, imageWidth: Int) -> [Int] {
    // Four tables, since neighbours mostly have the same label and would wait for each other's increment.
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 1024) { tables in
        tables.initialize(repeating: 0)
        for y in crop.top..<crop.top + crop.height {
            let row = UnsafeBufferPointer(rebasing: labels[(y * imageWidth + crop.left)...].prefix(crop.width))
            for x in 0..<row.count { tables[(x & 3) << 8 | Int(row[x])] &+= 1 }
        }
        return (0..<256).map { value in
            (0..<4).reduce(0) { $0 + Int(tables[$1 << 8 | value]) }
        }
    }
}
