public import Annotations
public import Datasets
internal import FoundationEssentials
internal import ImageIO

/// Writes predicted objects as Cityscapes' instance benchmark takes them: a text file an image, with a line an object:
/// path of its mask, label id, score; masks are PNG, white on black.
///
///     <folder>/<image>.txt
///     <folder>/masks/<image>_0.png
///
/// KITTI-360's takes the same, with all files in one folder: `<image>_0000.png`.
public struct CityscapesInstanceWriter: Sendable {
    public let folder: String
    public let labelSpace: LabelSpace

    private let isFlat: Bool

    /// - Parameters:
    ///   - labelSpace: of the objects' classes; label ids are those that its files have.
    ///   - isFlat: whether masks lie beside the text files.
    public init(folder: String, labelSpace: LabelSpace, isFlat: Bool = false) {
        self.isFlat = isFlat
        self.folder = folder
        self.labelSpace = labelSpace
    }

    /// Writes the files of one image, and makes their folders. Objects without a score count as certain.
    ///
    /// - Parameters:
    ///   - prediction: of the image's size.
    ///   - path: of the image; the name of its file begins those of the others.
    /// - Throws: `notWritable`
    public func write(_ prediction: Annotation, ofImage path: String) throws(EvaluationError) {
        let stem = ObjectFileName.stem(ofImage: path)
        // Blanks are between the fields of a line.
        let maskStem = stem.replacing(" ", with: "_")
        var lines = ""
        let objects = (prediction.objects ?? []).filter { !$0.isCrowd }
        for (place, object) in objects.enumerated() {
            let name = maskName(maskStem, place)
            try ObjectFileName.writing("\(folder)/\(name)") { path in
                var mask = LabelMap(height: prediction.height, width: prediction.width, channels: 1, filledWith: 0)
                object.mask.paint(255, into: &mask)
                try ImageCodec.writePNG(mask, to: path)
            }
            lines += "\(name) \(labelSpace.fileIDs[Int(object.trainID)]) \(object.score ?? 1)\n"
        }
        try removeMasks(of: maskStem, from: objects.count)
        try ObjectFileName.writing("\(folder)/\(stem).txt") { path in
            try lines.write(toFile: path, atomically: true, encoding: .utf8)
        }
    }

    private func maskName(_ stem: String, _ place: Int) -> String {
        let digits = "\(place)"
        let zeros = String(repeating: "0", count: max(0, 4 - digits.count))
        return isFlat ? "\(stem)_\(zeros)\(digits).png" : "masks/\(stem)_\(digits).png"
    }

    /// Masks that an earlier prediction of the image left.
    private func removeMasks(of stem: String, from first: Int) throws(EvaluationError) {
        var place = first
        while FileManager.default.fileExists(atPath: "\(folder)/\(maskName(stem, place))") {
            try ObjectFileName.writing("\(folder)/\(maskName(stem, place))") { path in
                try FileManager.default.removeItem(atPath: path)
            }
            place += 1
        }
    }
}
