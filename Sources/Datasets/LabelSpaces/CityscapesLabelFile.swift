internal import ImageIO

/// Label files that say by their name which numbers they hold.
package enum CityscapesLabelFile {
    /// Ends the stem of a file of train ids.
    static let trainIDs = "_labelTrainIds"
    /// Ends the stem of a file of label ids.
    static let labelIDs = "_labelIds"

    /// What files of train ids and of label ids have between their stem and their ending.
    ///
    /// - Parameter prefix: what stands before, such as `_gtFine`.
    static func markers(prefix: String) -> [String] { [prefix + trainIDs, prefix + labelIDs] }

    /// Whether a file is named `..._labelTrainIds.png`.
    static func holdsTrainIDs(_ path: String) -> Bool { isMarked(path, trainIDs) }

    /// Whether a file is named `..._labelIds.png`.
    package static func holdsLabelIDs(_ path: String) -> Bool { isMarked(path, labelIDs) }

    private static func isMarked(_ path: String, _ marker: String) -> Bool {
        ImageFileName.parts(of: path).map { $0.ending == ImageFileName.labelEnding && $0.stem.hasSuffix(marker) }
            ?? false
    }

    /// Train ids for `..._labelTrainIds.png`, label ids for every other name.
    static func encoding(of path: String) -> LabelEncoding {
        holdsTrainIDs(path) ? .cityscapesTrainIDs : .cityscapesLabelIDs
    }
}

extension LabelEncoding {
    /// An encoding of Cityscapes classes, delivered as `kind`.
    func delivered(in kind: LabelSpaceKind) -> LabelEncoding {
        switch kind {
        case .cityscapes19: self
        case .camvid11: followed(by: .cityscapes19AsCamVid11)
        }
    }

    /// What Cityscapes label ids mean in a label space.
    static func cityscapesLabelIDs(in space: LabelSpace) -> LabelEncoding {
        space == .camvid11 ? cityscapesLabelIDs.delivered(in: .camvid11) : cityscapesLabelIDs
    }
}
