package import Configuration

/// Pixels of target images whose pseudo-labels have no weight: rectified cameras distort at the top, the own car stands
/// at the bottom.
public enum IgnoredMargins: Sendable, Equatable {
    case none
    /// Rows of each crop, whatever part of the image they show (DAFormer).
    case crop(CropMargins)
    /// Pixels of the image file, which follow it through resizing, cropping and mirroring (HRDA, MIC).
    case image(ImageMargins)
}

extension IgnoredMargins: ConfigurationVariant {
    package static let kinds = ["none", "crop", "image"]

    package init?(kind: String) {
        switch kind {
        case "none": self = .none
        case "crop": self = .crop(CropMargins())
        case "image": self = .image(ImageMargins())
        default: return nil
        }
    }

    package var kind: String {
        switch self {
        case .none: "none"
        case .crop: "crop"
        case .image: "image"
        }
    }

    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        switch self {
        case .none: return
        case .crop(var margins):
            try margins.visit(&fields)
            self = .crop(margins)
        case .image(var margins):
            try margins.visit(&fields)
            self = .image(margins)
        }
    }
}

/// Rows of a crop (DAFormer code, for crops of 512).
public struct CropMargins: Sendable, Equatable {
    public var top = 15
    public var bottom = 120

    public init() {}

    public init(top: Int, bottom: Int) {
        self.top = top
        self.bottom = bottom
    }
}

extension CropMargins: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("top", &top, .side(from: 0))
        try fields.field("bottom", &bottom, .side(from: 0))
    }
}

/// Pixels of an image file, before it is resized (HRDA and MIC code, for files of 1024x2048 and 1080x1920).
public struct ImageMargins: Sendable, Equatable {
    public var top = 30
    public var bottom = 240
    public var left = 30
    public var right = 30

    public init() {}

    public init(top: Int, bottom: Int, left: Int, right: Int) {
        self.top = top
        self.bottom = bottom
        self.left = left
        self.right = right
    }
}

extension ImageMargins: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("top", &top, .side(from: 0))
        try fields.field("bottom", &bottom, .side(from: 0))
        try fields.field("left", &left, .side(from: 0))
        try fields.field("right", &right, .side(from: 0))
    }
}
