public import Datasets
internal import FoundationEssentials
public import ImageIO

/// Writes what was predicted on an image as three pictures, below one folder:
///
///     labels/<name>.png     one id a pixel, grey, for programs
///     colors/<name>.png     in the classes' colours
///     overlays/<name>.png   the colours over the image
///
/// Names are those of the images, so that `labels` can be scored. What benchmarks' servers take is written by
/// `SubmissionWriter`.
public struct PredictionWriter: Sendable {
    public let folder: String
    public let labelSpace: LabelSpaceKind
    public let ids: LabelIDs
    /// Share of colour in the overlays.
    private let opacity: Float
    /// File value by train id.
    private let fileValues: [UInt8]

    /// - Parameters:
    ///   - labelSpace: classes of the predictions.
    ///   - opacity: share of colour in the overlays, 0...1.
    public init(folder: String, labelSpace: LabelSpaceKind, ids: LabelIDs = .train, opacity: Float = 0.5) {
        self.folder = folder
        self.labelSpace = labelSpace
        self.ids = ids
        self.opacity = opacity
        var values = [UInt8](repeating: LabelSpace.ignoreLabel, count: 256)
        for (trainID, value) in ids.encoding(in: labelSpace).fileValues.enumerated() {
            values[trainID] = value ?? LabelSpace.ignoreLabel
        }
        fileValues = values
    }

    /// Writes the three pictures, and makes their folders.
    ///
    /// - Parameters:
    ///   - file: path of the image below its folder; its ending is replaced.
    /// - Throws: `notWritable`
    public func write(_ labels: LabelMap, of image: RGBImage, file: String) throws(EvaluationError) {
        let palette = labelSpace.space.palette
        var values = labels
        for index in values.pixels.indices { values.pixels[index] = fileValues[Int(labels.pixels[index])] }
        try write(values, "labels", file)
        try write(labels.colored(palette: palette), "colors", file)
        try write(labels.overlaid(on: image, palette: palette, alpha: opacity), "overlays", file)
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

    private func write(_ picture: PixelImage<UInt8>, _ kind: String, _ file: String) throws(EvaluationError) {
        let path = "\(folder)/\(kind)/\(ImageFolder.stem(of: file)).png"
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? folder
        do {
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            try ImageCodec.writePNG(picture, to: path)
        } catch {
            throw EvaluationError(
                .notWritable, "\(path): cannot be written; check the folder, its permissions and the space left",
                cause: error)
        }
    }
}
