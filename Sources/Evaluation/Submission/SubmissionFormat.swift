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
    /// Label ids, named by drive and frame, at the root of the archive.
    case kitti360 = "kitti-360"
    /// Every object with its score: text files and masks at the root of the archive.
    case kitti360Instances = "kitti-360-instances"

    /// The data set whose test images are predicted.
    public var dataset: DatasetKind {
        switch self {
        case .acdc: .acdc
        case .darkZurich: .darkZurich
        case .cityscapes, .cityscapesPanoptic, .cityscapesInstances: .cityscapes
        case .kitti360, .kitti360Instances: .kitti360
        }
    }

    /// Whether predicted objects are handed in, rather than maps of classes.
    public var isOfObjects: Bool { self == .cityscapesPanoptic || isOfInstances }

    /// Whether every object has a line and a mask.
    var isOfInstances: Bool { self == .cityscapesInstances || self == .kitti360Instances }

    /// What is published about that data set.
    public var facts: PublishedFacts {
        switch self {
        case .acdc: ACDCDataset.facts
        case .darkZurich: DarkZurichDataset.facts
        case .cityscapes, .cityscapesPanoptic, .cityscapesInstances: CityscapesDataset.facts
        case .kitti360, .kitti360Instances: KITTI360Dataset.facts
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
    /// The folder of text files of Cityscapes.
    private static let instancesName = "instances"

    /// Where text files lie in a folder that is packed.
    func instancesFolder(in folder: String) -> String {
        isFlat ? folder : "\(folder)/\(Self.instancesName)"
    }

    /// Whether all files lie at the root of the archive.
    var isFlat: Bool { self == .kitti360 || self == .kitti360Instances }

    /// The files and folders of the archive; the folder itself where all files lie at its root.
    var contents: [String] {
        switch self {
        case .acdc, .darkZurich, .cityscapes: folders.map(\.name)
        case .cityscapesPanoptic: [Self.panopticName, "\(Self.panopticName).json"]
        case .cityscapesInstances: [Self.instancesName]
        case .kitti360, .kitti360Instances: ["."]
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
        case .kitti360: [Folder(".", .kittiIDs)]
        case .cityscapesPanoptic, .cityscapesInstances, .kitti360Instances: []
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
        /// 8 bits, ids of KITTI-360, to which those of Cityscapes belong.
        case kittiIDs
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
    /// - Returns: `<sequence>_frame_NNNNNN`, for Cityscapes `<city>_NNNNNN_NNNNNN`, for KITTI-360 `NNNN_NNNNNNNNNN`;
    ///   nil for other names.
    func imageName(inFile file: String) -> String? {
        guard file.hasSuffix(fileEnding) else { return nil }
        let parts = file.dropLast(fileEnding.count).split(separator: "_", omittingEmptySubsequences: false)
        if isFlat {
            guard parts.count == 2, Self.isNumber(parts[0], 4), Self.isNumber(parts[1], 10) else { return nil }
            return parts.joined(separator: "_")
        }
        guard parts.count >= 3, !parts[0].isEmpty, Self.isNumber(parts[2], 6) else { return nil }
        let isOfFrames = self == .acdc || self == .darkZurich
        guard isOfFrames ? parts[1] == "frame" : Self.isNumber(parts[1], 6) else { return nil }
        return parts[0..<3].joined(separator: "_")
    }

    /// The ending of the files that are named as the images.
    var fileEnding: String { isOfInstances ? ".txt" : ".png" }

    private static func isNumber(_ text: Substring, _ digits: Int) -> Bool {
        text.utf8.count == digits && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
