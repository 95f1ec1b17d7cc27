/// One class of a label space.
public struct SegmentationClass: Sendable, Equatable {
    public let name: String
    /// Display colour: red, green, blue.
    public let color: SIMD3<UInt8>
    /// Whether single objects of the class are countable ("things"); the rest is "stuff".
    public let isThing: Bool

    public init(_ name: String, _ red: UInt8, _ green: UInt8, _ blue: UInt8, isThing: Bool = false) {
        self.name = name
        color = SIMD3(red, green, blue)
        self.isThing = isThing
    }
}

/// The classes a network is trained on; a class's train id is its index.
///
/// Files hold other numbers: `LabelEncoding` turns them into train ids.
public struct LabelSpace: Sendable, Equatable {
    public let name: String
    /// Train id order.
    public let classes: [SegmentationClass]

    /// The train id of pixels that are neither trained on nor scored.
    public static let ignoreLabel: UInt8 = 255

    public init(name: String, classes: [SegmentationClass]) {
        precondition(classes.count < 255, "LabelSpace: train ids must stay below the ignore label 255")
        self.name = name
        self.classes = classes
    }

    public var classCount: Int { classes.count }
    public var classNames: [String] { classes.map(\.name) }
    /// Display colours in train id order.
    public var palette: [SIMD3<UInt8>] { classes.map(\.color) }
    /// Train ids of countable classes, ascending.
    public var thingTrainIDs: [Int] { classes.indices.filter { classes[$0].isThing } }

    /// The train id of the class called `name`.
    public func trainID(of name: String) -> Int? { classes.firstIndex { $0.name == name } }
}

extension LabelSpace {
    /// The 19 evaluated classes of Cityscapes with its display colours (Cordts et al., CVPR 2016; cityscapesScripts
    /// `labels.py`).
    public static let cityscapes19 = LabelSpace(
        name: "cityscapes19",
        classes: [
            SegmentationClass("road", 128, 64, 128),
            SegmentationClass("sidewalk", 244, 35, 232),
            SegmentationClass("building", 70, 70, 70),
            SegmentationClass("wall", 102, 102, 156),
            SegmentationClass("fence", 190, 153, 153),
            SegmentationClass("pole", 153, 153, 153),
            SegmentationClass("traffic light", 250, 170, 30),
            SegmentationClass("traffic sign", 220, 220, 0),
            SegmentationClass("vegetation", 107, 142, 35),
            SegmentationClass("terrain", 152, 251, 152),
            SegmentationClass("sky", 70, 130, 180),
            SegmentationClass("person", 220, 20, 60, isThing: true),
            SegmentationClass("rider", 255, 0, 0, isThing: true),
            SegmentationClass("car", 0, 0, 142, isThing: true),
            SegmentationClass("truck", 0, 0, 70, isThing: true),
            SegmentationClass("bus", 0, 60, 100, isThing: true),
            SegmentationClass("train", 0, 80, 100, isThing: true),
            SegmentationClass("motorcycle", 0, 0, 230, isThing: true),
            SegmentationClass("bicycle", 119, 11, 32, isThing: true),
        ])

    /// The 11 classes of the reduced CamVid (Brostow et al., 2008; grouping of SegNet).
    public static let camvid11 = LabelSpace(
        name: "camvid11",
        classes: [
            SegmentationClass("sky", 128, 128, 128),
            SegmentationClass("building", 128, 0, 0),
            SegmentationClass("pole", 192, 192, 128),
            SegmentationClass("road", 128, 64, 128),
            SegmentationClass("pavement", 60, 40, 222),
            SegmentationClass("tree", 128, 128, 0),
            SegmentationClass("sign symbol", 192, 128, 128),
            SegmentationClass("fence", 64, 64, 128),
            SegmentationClass("car", 64, 0, 128, isThing: true),
            SegmentationClass("pedestrian", 64, 64, 0, isThing: true),
            SegmentationClass("bicyclist", 0, 128, 192, isThing: true),
        ])

    /// Train ids of the 16 Cityscapes classes scored when SYNTHIA is the source: all but terrain, truck and train.
    public static let synthia16EvaluatedTrainIDs = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 15, 17, 18]
    /// The 13-class variant: the 16 without wall, fence and pole.
    public static let synthia13EvaluatedTrainIDs = [0, 1, 2, 6, 7, 8, 10, 11, 12, 13, 15, 17, 18]
}

/// The label spaces a configuration can name.
public enum LabelSpaceKind: String, Sendable, Codable, CaseIterable {
    case cityscapes19, camvid11

    public var space: LabelSpace {
        switch self {
        case .cityscapes19: .cityscapes19
        case .camvid11: .camvid11
        }
    }
}
