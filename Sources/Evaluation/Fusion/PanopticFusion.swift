public import Annotations
package import Configuration
internal import Datasets
internal import ImageIO

/// Puts class map and objects of a network together to segments that do not overlap (Panoptic-DeepLab's merging as
/// EDAPS and LIDAPS have it: a vote on the class of each object).
///
/// 1. Objects from `smallestScore` on are painted by class, and within a class by descending score: later ones cover
///    earlier ones.
/// 2. What is left of an object on pixels whose class is countable is a segment; its class is the most frequent one
///    there, whatever the object's own class says.
/// 3. A class that is not countable is a segment where no object lies, if that are at least `smallestStuffArea` pixels.
/// 4. All other pixels are void.
public struct PanopticFusion: Sendable, Equatable {
    /// The two thresholds of the published evaluation.
    public struct Config: Sendable, Equatable {
        /// Objects below it are left out. Published: 0.95.
        public var smallestScore: Float = 0.95
        /// Pixels of a class that is not countable, below which it is void. Published: 2048, at 2048x1024 pixels.
        public var smallestStuffArea = 2048

        public init() {}

        /// Whether an object is sure enough to be painted or shown; one without a score is not, unless all are.
        public func shows(_ object: AnnotatedObject) -> Bool { object.score ?? 0 >= smallestScore }
    }

    public var config: Config
    /// Train ids of the countable classes.
    public let things: Set<UInt8>

    public init(_ config: Config = Config(), things: some Sequence<Int>) {
        self.config = config
        self.things = Set(things.map { UInt8(clamping: $0) })
    }

    /// What a network itself cut an image into, or else what classes and objects are put together to.
    ///
    /// - Parameter segments: of the network; nil where it gives none.
    public func callAsFunction(_ prediction: Annotation, _ segments: Annotation?) -> PanopticSegments {
        segments.map { PanopticSegments(truth: $0, things: things) } ?? self(prediction)
    }

    /// Segments with train ids as classes: objects in the order of painting, then the other classes, numbered from 1.
    ///
    /// - Parameter prediction: classes, and objects with scores.
    public func callAsFunction(_ prediction: Annotation) -> PanopticSegments {
        let painted = paintedObjects(prediction)
        var tally = Tally(objectCount: painted.count)
        tally.count(prediction.classes, painted.map, things)
        var segments: [PanopticSegments.Segment] = []
        var objectIDs = [UInt32](repeating: 0, count: painted.count + 1)
        var stuffIDs = [UInt32](repeating: 0, count: 256)
        func append(_ trainID: Int, area: Int) -> UInt32 {
            let id = UInt32(segments.count + 1)
            segments.append(.init(id: id, classIndex: trainID, area: area))
            return id
        }
        for object in 1..<painted.count + 1 {
            let votes = tally.votes(object)
            guard let most = votes.max(), most > 0, let trainID = votes.firstIndex(of: most) else { continue }
            objectIDs[object] = append(trainID, area: votes.reduce(0, +))
        }
        for (trainID, area) in tally.stuffAreas.enumerated() where area > 0 && area >= config.smallestStuffArea {
            stuffIDs[trainID] = append(trainID, area: area)
        }
        let pixels = zip(prediction.classes.pixels, painted.map.pixels).map { trainID, object in
            if object > 0 { return things.contains(trainID) ? objectIDs[Int(object)] : 0 }
            return stuffIDs[Int(trainID)]
        }
        let ids = PixelImage<UInt32>(
            height: prediction.height, width: prediction.width, channels: 1, pixels: pixels)
        return PanopticSegments(ids: ids, segments: segments)
    }

    /// The objects numbered from 1 in the order of painting, 0 elsewhere.
    private func paintedObjects(_ prediction: Annotation) -> (map: PixelImage<UInt32>, count: Int) {
        var map = PixelImage<UInt32>(height: prediction.height, width: prediction.width, channels: 1, filledWith: 0)
        let objects = (prediction.objects ?? []).enumerated()
            .filter { !$0.element.isCrowd && config.shows($0.element) }
            .sorted { left, right in
                let (first, second) = (left.element, right.element)
                if first.trainID != second.trainID { return first.trainID < second.trainID }
                return first.score == second.score
                    ? left.offset < right.offset : first.score ?? 0 > second.score ?? 0
            }
        for (place, object) in objects.enumerated() { object.element.mask.paint(UInt32(place + 1), into: &map) }
        return (map, objects.count)
    }
}

/// Pixels by class: of each object those of countable classes, elsewhere those of the others.
private struct Tally {
    private(set) var stuffAreas = [Int](repeating: 0, count: 256)
    private var objectVotes: [Int]

    init(objectCount: Int) { objectVotes = [Int](repeating: 0, count: 256 * (objectCount + 1)) }

    mutating func count(_ classes: LabelMap, _ objects: PixelImage<UInt32>, _ things: Set<UInt8>) {
        let isThing = (0...UInt8.max).map(things.contains)
        for (trainID, object) in zip(classes.pixels, objects.pixels) {
            if object > 0 {
                if isThing[Int(trainID)] { objectVotes[256 * Int(object) + Int(trainID)] += 1 }
            } else if !isThing[Int(trainID)] && trainID != Annotation.ignored {
                stuffAreas[Int(trainID)] += 1
            }
        }
    }

    func votes(_ object: Int) -> [Int] { Array(objectVotes[256 * object..<256 * (object + 1)]) }
}

extension PanopticFusion.Config: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("smallestScore", &smallestScore, .closed(0...1))
        try fields.field("smallestStuffArea", &smallestStuffArea, .pixels(from: 0))
    }
}

extension PanopticFusion {
    /// As the published numbers of EDAPS and LIDAPS count: their map numbers a segment `class * 1000 + index`, so that
    /// void and the first class (road) both are 0, and every void pixel counts as one of that class.
    ///
    /// - Parameter fused: what this fusion gave.
    public func withVoidAsFirstClass(_ fused: PanopticSegments) -> PanopticSegments {
        let voidArea = fused.ids.pixels.count { $0 == PanopticSegments.void }
        guard voidArea > 0 else { return fused }
        // An object of the first class has an index, and is not 0.
        let first = things.contains(0) ? nil : fused.segments.first { $0.classIndex == 0 }
        let id = first?.id ?? UInt32(fused.segments.count + 1)
        var ids = fused.ids
        for index in ids.pixels.indices where ids.pixels[index] == PanopticSegments.void { ids.pixels[index] = id }
        let whole = PanopticSegments.Segment(id: id, classIndex: 0, area: voidArea + (first?.area ?? 0))
        return PanopticSegments(ids: ids, segments: fused.segments.filter { $0.id != id } + [whole])
    }
}
