public import Datasets

/// What a benchmark's server takes.
public enum SubmissionFormat: String, Sendable, CaseIterable {
    /// One folder of train ids, named as the images.
    case acdc
    /// Train ids, their confidence, and train ids with invalid pixels (Sakaridis et al., "uncertainty-aware" IoU).
    case darkZurich = "dark-zurich"
    /// One folder of label ids, named as the images.
    case cityscapes

    /// The data set whose test images are predicted.
    public var dataset: DatasetKind {
        switch self {
        case .acdc: .acdc
        case .darkZurich: .darkZurich
        case .cityscapes: .cityscapes
        }
    }

    /// What is published about that data set.
    public var facts: PublishedFacts {
        switch self {
        case .acdc: ACDCDataset.facts
        case .darkZurich: DarkZurichDataset.facts
        case .cityscapes: CityscapesDataset.facts
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

    /// The folders of the archive; each has one file an image, with the same names in all.
    public var folders: [Folder] {
        switch self {
        case .acdc: [Folder("labelTrainIds", .trainIDs)]
        case .darkZurich:
            [
                Folder("labelTrainIds", .trainIDs), Folder("confidence", .confidence),
                Folder("labelTrainIds_invalid", .trainIDsOrInvalid),
            ]
        case .cityscapes: [Folder("labelIds", .labelIDs)]
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
        return "cd '\(path)' && zip -q -r '../\(last).zip' " + folders.map(\.name).joined(separator: " ")
    }

    /// What names a test image: the part of a prediction's file name that the server looks for.
    ///
    /// - Returns: `<sequence>_frame_NNNNNN`, for Cityscapes `<city>_NNNNNN_NNNNNN`; nil for other names.
    func imageName(inFile file: String) -> String? {
        guard file.hasSuffix(".png") else { return nil }
        let parts = file.dropLast(".png".count).split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count >= 3, !parts[0].isEmpty, Self.isNumber(parts[2]) else { return nil }
        switch self {
        case .acdc, .darkZurich: guard parts[1] == "frame" else { return nil }
        case .cityscapes: guard Self.isNumber(parts[1]) else { return nil }
        }
        return parts[0..<3].joined(separator: "_")
    }

    private static func isNumber(_ text: Substring) -> Bool {
        text.utf8.count == 6 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
