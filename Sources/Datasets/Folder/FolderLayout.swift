internal import ImageIO

/// Where a folder of somebody's own has its images and labels. Paths are relative to its root; `<split>` in them stands
/// for the split, and `*` for one folder of any name, the same one in images and labels.
public struct FolderLayout: Sendable, Equatable {
    /// The folder of images, which may hold further folders.
    public var images = "images"
    /// The folder of labels, with the same folders in it; nil for `labels`, or for the one that a panoptic JSON is
    /// named after.
    public var labels: String?
    /// The JSON of panoptic labels, in COCO's form; nil where labels are class maps.
    public var panoptic: String?
    /// The folder of instance maps, or a JSON of COCO's instances; nil for none.
    public var instances: String?
    /// What image names have after the part that they share with their labels, such as `_rgb.jpg`; with an ending only
    /// such files are images, without one all endings are.
    public var imageSuffix = ""
    /// The same of labels, such as `_labelIds.png`.
    public var labelSuffix = ""
    /// The same of instance maps.
    public var instanceSuffix = ""
    /// A file that names the images of the split, one a line; nil for all in the folder.
    public var list: String?

    public init() {}

    static let splitMark = "<split>"

    /// The folder of labels.
    package var labelFolder: String { labels ?? panoptic.map(PanopticFile.folder) ?? "labels" }

    /// The JSON of COCO's instances; nil where there are maps, or none.
    var instanceTable: String? { instances.flatMap { $0.lowercased().hasSuffix(".json") ? $0 : nil } }

    /// The folder of instance maps.
    var instanceFolder: String? { instanceTable == nil ? instances : nil }

    /// Whether classes are painted from the objects of a JSON, as nothing else says them.
    var paintsClasses: Bool { instanceTable != nil && labels == nil && panoptic == nil }

    /// Whether the split decides what is read.
    var hasSplits: Bool { images.contains(Self.splitMark) || list?.contains(Self.splitMark) == true }

    func path(_ text: String, _ split: DatasetSplit) -> String { text.replacing(Self.splitMark, with: split.rawValue) }
}

/// `_rgb.jpg` as what stands before the ending, and the ending.
struct FileSuffix {
    let marker: String
    /// nil where any will do.
    let ending: String?

    init(_ text: String) {
        guard let dot = text.lastIndex(of: "."), ImageFileName.endings.contains(text[dot...].dropFirst().lowercased())
        else {
            (marker, ending) = (text, nil)
            return
        }
        (marker, ending) = (String(text[..<dot]), text[dot...].dropFirst().lowercased())
    }
}
