/// What a measure keeps of single images and cannot add up, such as matches and their scores, ordered by image: the
/// same list however many ranks shared the images.
public struct ImageList<Element: Codable & Sendable>: Codable, Sendable {
    public struct Entry: Codable, Sendable {
        /// Position of the image in the data set.
        public let image: Int
        public let element: Element
    }

    /// By image, ascending; those of one image in the order in which they came.
    public private(set) var entries: [Entry] = []

    public init() {}

    public var elements: [Element] { entries.map(\.element) }

    /// Adds something about an image.
    public mutating func append(_ element: Element, image: Int) {
        let end = entries.lastIndex { $0.image <= image }.map { $0 + 1 } ?? 0
        entries.insert(Entry(image: image, element: element), at: end)
    }

    /// Adds what another rank has of other images.
    public mutating func merge(_ other: ImageList) {
        var merged: [Entry] = []
        merged.reserveCapacity(entries.count + other.entries.count)
        var (own, others) = (entries[...], other.entries[...])
        while let first = own.first, let second = others.first {
            if first.image <= second.image {
                merged.append(own.removeFirst())
            } else {
                merged.append(others.removeFirst())
            }
        }
        entries = merged + own + others
    }
}

extension ImageList: Equatable where Element: Equatable {}
extension ImageList.Entry: Equatable where Element: Equatable {}

extension ImageList {
    /// What is made of each element, of the same images.
    public func map<Other>(_ change: (Element) throws -> Other) rethrows -> ImageList<Other> {
        try compactMap { try change($0) }
    }

    /// As above, without elements of which nothing is made.
    public func compactMap<Other>(_ change: (Element) throws -> Other?) rethrows -> ImageList<Other> {
        ImageList<Other>(
            entries: try entries.compactMap { entry in
                try change(entry.element).map { .init(image: entry.image, element: $0) }
            })
    }

    private init(entries: [Entry]) { self.entries = entries }
}
