public import Annotations
public import ImageIO
public import Randomness

/// The last objects of rare classes that were seen, each with the pixels that are pasted with it (UDA4Inst, "rare-class
/// balancing"): mixtures without one get some of them.
///
/// Only what pasting needs is kept, so that the pool takes at most four bytes a pixel of `capacity` crops, and mostly
/// far less.
public struct RareClassPool: Sendable, Equatable {
    /// Which objects are forgotten.
    public enum Trimming: String, Sendable, CaseIterable {
        /// The oldest, as soon as there are more than the capacity (UDA4Inst, section 3.4).
        case strict
        /// The four oldest after a draw from more than the capacity (UDA4Inst code). Between draws the pool grows, up
        /// to ten times the capacity.
        case afterDraw = "after-draw"
    }

    /// An object, and what is pasted with it.
    public struct Entry: Sendable, Equatable {
        /// Size of the crop that it is from.
        public let height: Int
        public let width: Int
        public let object: AnnotatedObject
        /// The pixels that are pasted: those of the object, or its rectangle.
        public let region: ObjectMask
        /// Red, green and blue of the region's pixels, in reading order.
        public let colors: [UInt8]
        /// Train ids of the region's pixels.
        public let classes: [UInt8]

        /// - Precondition: the numbers fit, and the object lies in the region.
        init(
            height: Int, width: Int, object: AnnotatedObject, region: ObjectMask, colors: [UInt8], classes: [UInt8]
        ) {
            precondition(
                colors.count == 3 * region.area && classes.count == region.area,
                "RareClassPool: \(colors.count) colours and \(classes.count) classes of \(region.area) pixels")
            (self.height, self.width, self.object, self.region) = (height, width, object, region)
            (self.colors, self.classes) = (colors, classes)
        }

        /// What an image has in a region.
        public init(_ object: AnnotatedObject, region: ObjectMask, of image: RGBImage, classes: LabelMap) {
            self.init(
                height: image.height, width: image.width, object: object, region: region,
                colors: region.values(of: image), classes: region.values(of: classes))
        }
    }

    /// Of objects (UDA4Inst: 10).
    public let capacity: Int
    public let trimming: Trimming
    /// The oldest first.
    public private(set) var entries: [Entry]

    /// - Parameter entries: the oldest first.
    public init(capacity: Int = 10, trimming: Trimming = .strict, entries: [Entry] = []) {
        precondition(capacity > 0, "RareClassPool: a capacity of \(capacity)")
        self.capacity = capacity
        self.trimming = trimming
        self.entries = entries
        trim()
    }

    init(_ settings: BidirectionalMix.Pool, entries: [Entry]) {
        self.init(capacity: settings.capacity, trimming: settings.trimming, entries: entries)
    }

    public var isEmpty: Bool { entries.isEmpty }

    public mutating func append(_ entry: Entry) {
        entries.append(entry)
        trim()
    }

    /// Half of the objects, rounded down, but one where there is only one; in the order in which they are pasted.
    ///
    /// - Parameter random: of the slot and step.
    public mutating func draw(using random: inout RandomStream) -> [Entry] {
        let drawn = random.choose(entries.count == 1 ? 1 : entries.count / 2, from: entries)
        if trimming == .afterDraw && entries.count > capacity { entries.removeFirst(min(4, entries.count)) }
        return drawn
    }

    private mutating func trim() {
        let most = trimming == .strict ? capacity : 10 * capacity
        if entries.count > most { entries.removeFirst(entries.count - most) }
    }
}

extension ObjectMask {
    /// The values of its pixels in an image, in reading order.
    fileprivate func values(of image: PixelImage<UInt8>) -> [UInt8] {
        var values: [UInt8] = []
        values.reserveCapacity(area * image.channels)
        for run in runs {
            let base = Int(run.row) * image.width
            values += image.pixels[(base + Int(run.start)) * image.channels..<(base + Int(run.end)) * image.channels]
        }
        return values
    }
}

extension [RareClassPool.Entry] {
    /// The objects in an otherwise black image without classes, later ones over earlier ones.
    ///
    /// - Precondition: all are from crops of this size.
    func canvas(height: Int, width: Int) -> AnnotatedImage {
        var image = RGBImage(height: height, width: width, channels: 3, filledWith: 0)
        var classes = LabelMap(height: height, width: width, channels: 1, filledWith: Annotation.ignored)
        for entry in self {
            precondition(entry.height == height && entry.width == width, "RareClassPool: a crop of another size")
            var place = 0
            for run in entry.region.runs {
                let base = Int(run.row) * width
                let pixels = base + Int(run.start)..<base + Int(run.end)
                image.pixels.replaceSubrange(
                    3 * pixels.lowerBound..<3 * pixels.upperBound,
                    with: entry.colors[3 * place..<3 * (place + run.count)])
                classes.pixels.replaceSubrange(pixels, with: entry.classes[place..<place + run.count])
                place += run.count
            }
        }
        return AnnotatedImage(image: image, annotation: Annotation(classes: classes))
    }
}
