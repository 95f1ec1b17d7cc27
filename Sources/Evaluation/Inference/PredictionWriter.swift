internal import Basics
public import Datasets
internal import FoundationEssentials
public import ImageIO

/// Writes what was predicted on an image as three pictures, below one folder:
///
///     labels/<name>.png     one id a pixel, grey (16 bits where ids are larger than 255), for programs
///     colors/<name>.png     in the classes' colours
///     overlays/<name>.png   the colours over the image
///
/// Names are those of the images, so that `labels` can be scored. What benchmarks' servers take is written by
/// `SubmissionWriter`.
public struct PredictionWriter: Sendable {
    /// Names of the folders in the folder.
    public static let folders = ["labels", "colors", "overlays"]

    public let folder: String
    public let labelSpace: LabelSpace
    public let ids: LabelIDs
    /// Share of colour in the overlays.
    private let opacity: Float
    /// File value by train id.
    private let fileValues: [UInt16]
    /// Whether ids are larger than a byte.
    private let isWide: Bool

    /// - Parameters:
    ///   - labelSpace: classes of the predictions.
    ///   - opacity: share of colour in the overlays, 0...1.
    public init(folder: String, labelSpace: LabelSpace, ids: LabelIDs = .train, opacity: Float = 0.5) {
        self.folder = folder
        self.labelSpace = labelSpace
        self.ids = ids
        self.opacity = opacity
        var values = [UInt16](repeating: UInt16(LabelSpace.ignoreLabel), count: 256)
        let written = ids == .label ? labelSpace.fileIDs : Array(labelSpace.classes.indices)
        for (trainID, value) in written.enumerated() { values[trainID] = UInt16(clamping: value) }
        fileValues = values
        isWide = values.contains { $0 > 255 }
    }

    /// Writes the three pictures, and makes their folders.
    ///
    /// - Parameters:
    ///   - file: path of the image below its folder; its ending is replaced.
    /// - Throws: `notWritable`
    public func write(_ labels: LabelMap, of image: RGBImage, file: String) throws(EvaluationError) {
        let palette = labelSpace.palette
        try write("labels", file) { path in
            if isWide {
                let values = labels.pixels.map { fileValues[Int($0)] }
                try ImageCodec.writePNG(
                    PixelImage<UInt16>(height: labels.height, width: labels.width, channels: 1, pixels: values),
                    to: path)
            } else {
                var values = labels
                values.mapBytes(fileValues.map { UInt8(truncatingIfNeeded: $0) })
                try ImageCodec.writePNG(values, to: path)
            }
        }
        try write("colors", file) { try ImageCodec.writePNG(labels.colored(palette: palette), to: $0) }
        try write("overlays", file) {
            try ImageCodec.writePNG(labels.overlaid(on: image, palette: palette, alpha: opacity), to: $0)
        }
    }

    /// Predictions in the folder that writing these images will not replace: of others, from an earlier time.
    ///
    /// - Parameter files: paths of the images below their folder.
    /// - Returns: paths below this folder, in order.
    /// - Throws: `unreadable`
    public func filesThatStay(besidesThoseOf files: [String]) throws(EvaluationError) -> [String] {
        let labels = "\(folder)/labels"
        guard FileListing.isFolder(labels) else { return [] }
        let replaced = Set(files.map { "\(ImageFolder.stem(of: $0)).png" })
        return try FileTree(labels) { $0.hasSuffix(".png") }.files.filter { !replaced.contains($0) }
            .map { "labels/\($0)" }
    }

    private func write(
        _ kind: String, _ file: String, _ write: (_ path: String) throws -> Void
    ) throws(EvaluationError) {
        let path = "\(folder)/\(kind)/\(ImageFolder.stem(of: file)).png"
        do {
            try FileManager.default.createDirectory(
                atPath: FilePath.folder(of: path), withIntermediateDirectories: true)
            try write(path)
        } catch {
            throw EvaluationError(
                .notWritable, "\(path): cannot be written; check the folder, its permissions and the space left",
                cause: error)
        }
    }
}
