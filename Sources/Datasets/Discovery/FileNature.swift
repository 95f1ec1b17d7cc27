internal import ImageIO

/// What an image file seems to be, by its pixels.
enum FileNature: Equatable {
    case photo
    /// Few grey values, or a palette.
    case ids
    /// Grey of 16 bits.
    case wideIDs
    /// Ids of objects, `class * 1000 + number`.
    case instances
    /// Few colours.
    case colors

    /// More values or colours than labels of one image have.
    private static let manyValues = 64

    /// Looks at a file; nil where it cannot be read.
    init?(_ path: String) {
        guard let header = try? ImageCodec.header(ofFile: path) else { return nil }
        guard !header.isJPEG else {
            self = .photo
            return
        }
        guard let content = try? LabelFileContent(path) else {
            self = .photo
            return
        }
        switch content {
        case .ids(let map):
            self = header.isPalette || map.valueCounts.count { $0 > 0 } <= Self.manyValues ? .ids : .photo
        // Of what the numbers are shows only beside those of other files: see `WideNumbers`.
        case .wideIDs: self = .wideIDs
        case .colors(let image):
            let colors = image.distinctColors(limit: Self.manyValues)
            self = colors.count <= Self.manyValues ? .colors : .photo
        }
    }

    /// Which labels are taken where there are several of one image; nil for files that are none.
    func rank(suffix: String) -> Int? {
        let name = suffix.lowercased()
        switch self {
        case .photo, .instances: return nil
        case .ids:
            return name.contains("instance") ? nil : name.contains("trainid") ? 2 : name.contains("labelid") ? 0 : 1
        case .wideIDs: return name.contains("instance") ? nil : 3
        case .colors: return 4
        }
    }
}
