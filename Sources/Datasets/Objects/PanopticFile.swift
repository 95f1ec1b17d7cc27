/// The table of a panoptic data set in COCO's form: which segment of which PNG is of which category.
///
///     {"categories": [{"id": 24, "name": "person", "isthing": 1}, …],
///      "images": [{"id": "ulm_1", "file_name": "ulm_1.jpg", "height": 1024, "width": 2048}, …],
///      "annotations": [{"image_id": "ulm_1", "file_name": "ulm_1.png",
///                       "segments_info": [{"id": 24001, "category_id": 24, "area": 812, "iscrowd": 0}, …]}, …]}
///
/// A pixel of the PNG has the number `R + 256 G + 65536 B` of its segment; 0 is no segment.
public struct PanopticFile: Sendable {
    public struct Category: Sendable, Equatable {
        public let id: Int
        /// Empty where the file gives none.
        public let name: String
        /// Whether its segments are single objects; nil where the file does not say.
        public let isThing: Bool?
    }

    public struct Segment: Sendable, Equatable {
        /// Number of its pixels in the PNG.
        public let id: UInt32
        public let categoryID: Int
        /// Pixels, as the file says; nil where it does not.
        public let area: Int?
        /// A group that nobody told apart.
        public let isCrowd: Bool
    }

    /// One annotated image.
    public struct Image: Sendable, Equatable {
        /// Of the PNG, without folders.
        public let fileName: String
        /// Text or number, as text.
        public let id: String
        /// Of `segments` of the file.
        let range: Range<Int>
        /// Of the image, where the file lists images; nil otherwise.
        public internal(set) var imageFileName: String?
        public internal(set) var height: Int?
        public internal(set) var width: Int?
    }

    public let path: String
    /// In the order of the file; empty for predictions without any.
    public let categories: [Category]
    /// In the order of the file.
    public let images: [Image]
    private let segments: [Segment]
    private let imagesByName: [String: Int]

    /// The largest number of a segment that three bytes hold.
    public static let largestID = (1 << 24) - 1

    init(path: String, categories: [Category], images: [Image], segments: [Segment], imagesByName: [String: Int]) {
        self.path = path
        self.categories = categories
        self.images = images
        self.segments = segments
        self.imagesByName = imagesByName
    }

    /// The segments of an image, in the order of the file.
    public func segments(of image: Image) -> ArraySlice<Segment> { segments[image.range] }

    /// The image with a PNG of this name; nil where none is annotated.
    public func image(named fileName: String) -> Image? { imagesByName[fileName].map { images[$0] } }

    /// How many segments each category has, by its id.
    public var segmentCounts: [Int: Int] {
        segments.reduce(into: [:]) { counts, segment in counts[segment.categoryID, default: 0] += 1 }
    }

    /// Where the PNG files lie unless somebody says otherwise: in a folder named as the file.
    public static func folder(of path: String) -> String {
        path.lowercased().hasSuffix(".json") ? String(path.dropLast(5)) : path
    }
}
