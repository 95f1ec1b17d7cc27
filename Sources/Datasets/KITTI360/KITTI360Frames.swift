internal import ImageIO

/// The frames of a list of KITTI-360, each line an image and its class map, below the folder of the data set:
///
///     data_2d_raw/<drive>/image_00/data_rect/0000000250.png
///     data_2d_semantics/train/<drive>/image_00/semantic/0000000250.png
///
/// Maps of objects and of confidence lie beside the class map, in `instance` and `confidence`.
package struct KITTI360Frames {
    package struct Frame: Sendable {
        /// Drive and frame, as the benchmark names files: `0003_0000000250`.
        package let name: String
        package let image: String
        package let classes: String

        package var objects: String { sibling("instance") }
        package var confidence: String { sibling("confidence") }

        /// The file of the same name in another folder beside that of the class map.
        private func sibling(_ folder: String) -> String {
            var parts = classes.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            if parts.count > 1 { parts[parts.count - 2] = folder }
            return parts.joined(separator: "/")
        }
    }

    /// In the order of the list.
    package let frames: [Frame]

    /// The list of a split, below the root.
    static func list(_ split: DatasetSplit) -> String {
        "data_2d_semantics/train/2013_05_28_drive_\(split.rawValue)_frames.txt"
    }

    /// - Parameter list: in `data_2d_semantics/train` of the data set, two folders below its root.
    /// - Throws: `missingFolder`, `unsupportedFile` for a line that is no pair, `ambiguousFiles` for one that stands
    ///   twice, `emptySplit`.
    package init(list path: String) throws(DatasetError) {
        let folders = FileListing.absolute(path).split(separator: "/").dropLast(3)
        try self.init(list: path, root: "/" + folders.joined(separator: "/"))
    }

    init(list path: String, root: String) throws(DatasetError) {
        let list = try SplitList(path, root: root, marker: "")
        frames = try list.listedPairs.map { image, classes throws(DatasetError) in
            Frame(name: try Self.name(of: image, path), image: "\(root)/\(image)", classes: "\(root)/\(classes)")
        }
    }

    /// `2013_05_28_drive_0003_sync/image_00/data_rect/0000000250.png` as `0003_0000000250`.
    private static func name(of image: String, _ list: String) throws(DatasetError) -> String {
        guard let name = name(of: image) else {
            throw DatasetError(
                .unsupportedFile,
                "\(list): '\(image)' is no frame of a drive, …/2013_05_28_drive_NNNN_sync/image_00/data_rect/NNNNNNNNNN.png; "
                    + "give a list of KITTI-360")
        }
        return name
    }

    /// Drive and frame of a path; nil where it names none.
    package static func name(of image: String) -> String? {
        let parts = image.split(separator: "/")
        guard let file = parts.last, let frame = ImageFileName.imageStem(of: String(file)), Int(frame) != nil,
            let drive = parts.last(where: { $0.contains("_drive_") }),
            let mark = drive.firstRange(of: "_drive_")
        else { return nil }
        let number = drive[mark.upperBound...].prefix { $0.isASCII && $0.isNumber }
        guard !number.isEmpty else { return nil }
        return "\(number)_\(frame)"
    }
}
