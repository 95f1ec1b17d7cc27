public import ImageIO

/// An image cut into segments that do not overlap: every pixel belongs to one of them or to none ("void").
public struct PanopticSegments: Sendable, Equatable {
    /// A countable object, a group of them, or all of one class that is not countable.
    public struct Segment: Sendable, Equatable {
        /// Of its pixels in the map.
        public let id: UInt32
        /// Place of its class in whatever list of classes it is scored by.
        public let classIndex: Int
        /// Pixels.
        public let area: Int
        /// A group that nobody told apart.
        public let isCrowd: Bool

        public init(id: UInt32, classIndex: Int, area: Int, isCrowd: Bool = false) {
            self.id = id
            self.classIndex = classIndex
            self.area = area
            self.isCrowd = isCrowd
        }
    }

    /// The id that pixels of no segment have.
    public static let void: UInt32 = 0

    /// `[H, W, 1]`
    public let ids: PixelImage<UInt32>
    /// In the order of their file. One of them may have the id `void`: then all those pixels are of it.
    public let segments: [Segment]

    /// - Precondition: no id twice.
    public init(ids: PixelImage<UInt32>, segments: [Segment]) {
        precondition(ids.channels == 1, "PanopticSegments: a map of ids has one channel, got \(ids.channels)")
        precondition(Set(segments.map(\.id)).count == segments.count, "PanopticSegments: an id stands twice")
        self.ids = ids
        self.segments = segments
    }

    /// Pixels by id, also of those that have no segment.
    public static func areas(of ids: PixelImage<UInt32>) -> [UInt32: Int] {
        var areas: [UInt32: Int] = [:]
        ids.pixels.forEachRun { areas[$0, default: 0] += $1 }
        return areas
    }
}

extension Array where Element: Equatable {
    /// Visits the longest stretches of equal elements with their lengths.
    func forEachRun(_ body: (_ element: Element, _ length: Int) -> Void) {
        withUnsafeBufferPointer { elements in
            var start = 0
            while start < elements.count {
                let element = elements[start]
                var end = start &+ 1
                while end < elements.count && elements[end] == element { end &+= 1 }
                body(element, end - start)
                start = end
            }
        }
    }
}
