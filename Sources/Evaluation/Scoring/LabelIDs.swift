public import Datasets

/// Which numbers the pixels of a class file hold.
public enum LabelIDs: String, Sendable, CaseIterable {
    /// Positions in the label space, as networks predict.
    case train
    /// Those that the label space's file gives to the classes (Cityscapes: 7 for road).
    case label

    /// What a file's name says: `..._labelIds.png` holds label ids, every other one train ids.
    public init(suggestedBy path: String) {
        self = CityscapesLabelFile.holdsLabelIDs(path) ? .label : .train
    }

    /// How file values mean train ids of a label space.
    public func encoding(in space: LabelSpace) -> LabelEncoding {
        switch self {
        case .train: LabelEncoding(.trainIDs, of: space)
        case .label: LabelEncoding(.labelIDs, of: space)
        }
    }
}
