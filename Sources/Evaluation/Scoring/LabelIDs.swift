public import Datasets

/// Which numbers the pixels of a class file hold.
public enum LabelIDs: String, Sendable, CaseIterable {
    /// Positions in the label space, as networks predict.
    case train
    /// Those of the data set as published (Cityscapes: 7 for road). CamVid has only one numbering.
    case label

    /// What a file's name says: `..._labelIds.png` holds label ids, every other one train ids.
    public init(suggestedBy path: String) {
        self = CityscapesLabelFile.holdsLabelIDs(path) ? .label : .train
    }

    /// How file values mean train ids of a label space.
    public func encoding(in space: LabelSpaceKind) -> LabelEncoding {
        switch (space, self) {
        case (.cityscapes19, .train): .cityscapesTrainIDs
        case (.cityscapes19, .label): .cityscapesLabelIDs
        case (.camvid11, _): .camvid
        }
    }
}
