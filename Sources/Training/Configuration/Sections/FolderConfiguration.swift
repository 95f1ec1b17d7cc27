package import Configuration
internal import Datasets

/// The names of files in a folder of somebody's own, after the part that image and label share.
public struct SuffixConfiguration: Sendable, Equatable {
    /// Of images, such as `_rgb.jpg`; without an ending all that images have.
    public var image = ""
    /// Of labels, such as `_labelIds.png`.
    public var label = ""
    /// Of instance maps.
    public var instance = ""

    public init() {}
}

extension SuffixConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("image", &image)
        try fields.field("label", &label)
        try fields.field("instance", &instance)
    }
}

extension DatasetConfiguration {
    /// Where the files of `kind: folder` lie.
    var layout: FolderLayout {
        var layout = FolderLayout()
        layout.images = images ?? layout.images
        layout.labels = labels
        layout.panoptic = panoptic
        layout.instances = instances
        layout.imageSuffix = suffix.image
        layout.labelSuffix = suffix.label
        layout.instanceSuffix = suffix.instance
        layout.list = list
        return layout
    }

    /// The key that only `kind: folder` knows and that is given; nil where none is.
    var folderKey: String? {
        let keys = [
            ("images", images != nil), ("labels", labels != nil), ("instances", instances != nil),
            ("panoptic", panoptic != nil), ("list", list != nil),
            ("suffix", suffix != SuffixConfiguration()),
        ]
        return keys.first { $0.1 }?.0
    }

    /// This data set and those beside it, without their own company.
    public var parts: [DatasetConfiguration] {
        ([self] + also).map { part in
            var part = part
            part.also = []
            return part
        }
    }

    /// Key paths of the parts.
    package func partKeyPaths(_ keyPath: String) -> [String] {
        [keyPath] + also.indices.map { "\(keyPath).also[\($0)]" }
    }

    /// Shares of the parts, which add up to 1; nil where every image counts the same.
    package var shares: [Double]? {
        guard parts.contains(where: { $0.weight != nil }) else { return nil }
        let weights = parts.map { $0.weight ?? 1 }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }
}
