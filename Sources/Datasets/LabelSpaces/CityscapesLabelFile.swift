/// Label files that say by their name which numbers they hold.
enum CityscapesLabelFile {
    private static let trainIDs = "_labelTrainIds.png"
    private static let labelIDs = "_labelIds.png"

    /// The endings of files with train ids and with label ids.
    ///
    /// - Parameter prefix: what stands before, such as `_gtFine`.
    static func suffixes(prefix: String) -> [String] { [prefix + trainIDs, prefix + labelIDs] }

    /// Train ids for `..._labelTrainIds.png`, label ids for every other name.
    static func encoding(of path: String) -> LabelEncoding {
        path.hasSuffix(trainIDs) ? .cityscapesTrainIDs : .cityscapesLabelIDs
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
}
