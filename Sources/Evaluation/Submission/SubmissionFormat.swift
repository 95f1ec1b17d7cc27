public import Datasets

/// What a benchmark's server takes.
public enum SubmissionFormat: String, Sendable, CaseIterable {
    /// One folder of train ids, named as the images.
    case acdc
    /// Train ids, their confidence, and train ids with invalid pixels (Sakaridis et al., "uncertainty-aware" IoU).
    case darkZurich = "dark-zurich"
    /// One folder of label ids, named as the images.
    case cityscapes
    /// Segments in COCO's panoptic form, with label ids as categories.
    case cityscapesPanoptic = "cityscapes-panoptic"
    /// Every object with its score: a text file an image, and masks.
    case cityscapesInstances = "cityscapes-instances"

    /// The data set whose test images are predicted.
    public var dataset: DatasetKind {
        switch self {
        case .acdc: .acdc
        case .darkZurich: .darkZurich
        case .cityscapes, .cityscapesPanoptic, .cityscapesInstances: .cityscapes
        }
    }

    /// Whether predicted objects are handed in, rather than maps of classes.
    public var isOfObjects: Bool { self == .cityscapesPanoptic || self == .cityscapesInstances }

    /// What is published about that data set.
    public var facts: PublishedFacts {
        switch self {
        case .acdc: ACDCDataset.facts
        case .darkZurich: DarkZurichDataset.facts
        case .cityscapes, .cityscapesPanoptic, .cityscapesInstances: CityscapesDataset.facts
        }
    }

    /// The classes that all the servers take.
    static func labelSpace() throws(EvaluationError) -> LabelSpace {
        do {
            return try LabelSpaceLibrary.standard.space("cityscapes19")
        } catch {
            throw EvaluationError(.incompatibleLabelSpaces, "the classes of the server are not found: \(error)")
        }
    }

    /// The JSON file of segments without its ending, and the folder of their PNG files.
    static let panopticName = "panoptic"
    /// The folder of text files.
    static let instancesName = "instances"

    /// The files and folders of the archive.
    var contents: [String] {
        switch self {
        case .acdc, .darkZurich, .cityscapes: folders.map(\.name)
        case .cityscapesPanoptic: [Self.panopticName, "\(Self.panopticName).json"]
        case .cityscapesInstances: [Self.instancesName]
        }
    }

    /// The folders of the archive with one map of classes an image, with the same names in all; none where objects are
    /// handed in.
    public var folders: [Folder] {
        switch self {
        case .acdc: [Folder("labelTrainIds", .trainIDs)]
        case .darkZurich:
            [
                Folder("labelTrainIds", .trainIDs), Folder("confidence", .confidence),
                Folder("labelTrainIds_invalid", .trainIDsOrInvalid),
            ]
        case .cityscapes: [Folder("labelIds", .labelIDs)]
        case .cityscapesPanoptic, .cityscapesInstances: []
        }
    }

    /// A folder of PNG files, grey and of the images' size.
    public struct Folder: Sendable, Equatable {
        public let name: String
        public let content: Content

        init(_ name: String, _ content: Content) {
            self.name = name
            self.content = content
        }
    }

    /// What a pixel holds.
    public enum Content: Sendable, Equatable {
        /// 8 bits, 0 to 18.
        case trainIDs
        /// 8 bits, 0 to 18, or 255 where the image shows nothing that could be told.
        case trainIDsOrInvalid
        /// 8 bits, ids of Cityscapes as published.
        case labelIDs
        /// 16 bits, 65535 for a probability of 1.
        case confidence
    }

    /// The command that packs a folder of predictions for the upload.
    public func zipCommand(folder: String) -> String {
        let path = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        let last = path.split(separator: "/").last.map(String.init) ?? "submission"
        return "cd '\(path)' && zip -q -r '../\(last).zip' " + contents.joined(separator: " ")
    }

    /// What names a test image: the part of a prediction's file name that the server looks for.
    ///
    /// - Returns: `<sequence>_frame_NNNNNN`, for Cityscapes `<city>_NNNNNN_NNNNNN`; nil for other names.
    func imageName(inFile file: String) -> String? {
        guard let dot = file.lastIndex(of: "."), [".png", ".txt"].contains(file[dot...]) else { return nil }
        let parts = file[..<dot].split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count >= 3, !parts[0].isEmpty, Self.isNumber(parts[2]) else { return nil }
        switch self {
        case .acdc, .darkZurich: guard parts[1] == "frame" else { return nil }
        case .cityscapes, .cityscapesPanoptic, .cityscapesInstances: guard Self.isNumber(parts[1]) else { return nil }
        }
        return parts[0..<3].joined(separator: "_")
    }

    /// The ending of the files that are named as the images.
    var fileEnding: String { self == .cityscapesInstances ? ".txt" : ".png" }

    private static func isNumber(_ text: Substring) -> Bool {
        text.utf8.count == 6 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
