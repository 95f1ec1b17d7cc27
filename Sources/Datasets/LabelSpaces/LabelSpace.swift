internal import Annotations

/// One class of a label space.
public struct SegmentationClass: Sendable, Equatable {
    public let name: String
    /// Display colour: red, green, blue.
    public let color: SIMD3<UInt8>
    /// Whether single objects of the class are countable ("things"); the rest is "stuff".
    public let isThing: Bool
    /// Its numbers in label files, 0...65535; the first is written.
    public let ids: [Int]
    /// Its colours in label files that are coded by colour.
    public let fileColors: [SIMD3<UInt8>]

    public init(
        _ name: String, color: SIMD3<UInt8>, isThing: Bool = false, ids: [Int], fileColors: [SIMD3<UInt8>]? = nil
    ) {
        self.name = name
        self.color = color
        self.isThing = isThing
        self.ids = ids
        self.fileColors = fileColors ?? [color]
    }
}

/// Classes with their colours, and how files number them; a class's train id is its place in the list.
///
/// Read from a YAML file by `LabelSpaceLibrary`; docs/configuration.md explains its keys. Networks and scores know
/// train ids; `LabelEncoding` reads files into them and `LabelProjection` turns those of one space into those of
/// another.
public struct LabelSpace: Sendable {
    /// What a value in a label file means that neither a class has nor `ignoredIDs`.
    public enum UnknownValues: String, Sendable, CaseIterable {
        /// An error that names it: mostly the file is of another data set.
        case stop
        case ignore
    }

    /// What the pixels of a label file are.
    public enum FileCoding: String, Sendable, CaseIterable {
        /// Ids in grey and palette files, colours in the others.
        case automatic
        /// Ids, in a file of colours those of its three equal channels.
        case ids
        /// Colours, also of palette files.
        case colors
    }

    /// How the classes of another space are named here, or these there.
    public struct Map: Sendable, Equatable {
        public enum Pairs: Sendable, Equatable {
            /// Classes of the same name.
            case byName
            /// Names of the other space by train ids of this one, in the order written.
            case listed([(trainID: Int, others: [String])])

            public static func == (left: Pairs, right: Pairs) -> Bool {
                switch (left, right) {
                case (.byName, .byName): true
                case (.listed(let left), .listed(let right)):
                    left.elementsEqual(right) { $0.trainID == $1.trainID && $0.others == $1.others }
                default: false
                }
            }
        }

        /// Name of the other space.
        public let space: String
        public let pairs: Pairs
    }

    /// A mean over some of the classes that is reported beside the mean over all.
    public struct FurtherMean: Sendable, Equatable {
        public let name: String
        public let trainIDs: [Int]

        public init(name: String, trainIDs: [Int]) {
            self.name = name
            self.trainIDs = trainIDs
        }
    }

    public let name: String
    /// Train id order.
    public let classes: [SegmentationClass]
    /// Numbers in label files that are neither trained on nor scored.
    public var ignoredIDs: Set<Int> = [Int(Self.ignoreLabel)]
    public var ignoredColors: [SIMD3<UInt8>] = []
    public var unknownValues = UnknownValues.stop
    public var coding = FileCoding.automatic
    /// Spaces whose classes can be read as those of this one.
    public var sources: [Map] = []
    /// Spaces that the classes of this one can be read as.
    public var destinations: [Map] = []
    /// Train ids of the classes whose features a pretrained encoder knows; nil for the things.
    public var featureClasses: [Int]?
    public var means: [FurtherMean] = []
    /// The file that it was read from; no part of what it is.
    public var file: String?

    /// The train id of pixels that are neither trained on nor scored.
    public static let ignoreLabel = Annotation.ignored
    /// Train ids are bytes, of which the last means ignored.
    public static let largestClassCount = 254

    /// - Precondition: at most 254 classes, each with an id.
    public init(name: String, classes: [SegmentationClass]) {
        precondition(
            classes.count <= Self.largestClassCount && classes.allSatisfy { !$0.ids.isEmpty },
            "LabelSpace: \(name) needs at most \(Self.largestClassCount) classes, each with an id")
        self.name = name
        self.classes = classes
    }

    public var classCount: Int { classes.count }
    public var classNames: [String] { classes.map(\.name) }
    /// Display colours in train id order.
    public var palette: [SIMD3<UInt8>] { classes.map(\.color) }
    /// Train ids of countable classes, ascending.
    public var thingTrainIDs: [Int] { classes.indices.filter { classes[$0].isThing } }
    /// Train ids of the classes that the feature distance looks at.
    public var featureTrainIDs: [Int] { featureClasses ?? thingTrainIDs }
    /// The number that files have for each class, in train id order.
    public var fileIDs: [Int] { classes.map { $0.ids.first ?? 0 } }

    /// The train id of the class called `name`.
    public func trainID(of name: String) -> Int? { classes.firstIndex { $0.name == name } }

    /// Whether files number the classes by their places, so that train ids and label ids are one.
    package var idsAreTrainIDs: Bool { classes.indices.allSatisfy { classes[$0].ids == [$0] } }

    /// Whether train ids mean the same in both.
    public func hasClasses(of other: LabelSpace) -> Bool { classNames == other.classNames }

    /// Tells classes and their order, for files that are kept under it.
    package var classFingerprint: String { fingerprint(of: Array(classNames.joined(separator: "/").utf8)) }

    /// How an error names it.
    package var title: String { file.map { "\(name) (\($0))" } ?? name }
}

extension LabelSpace: Equatable {
    /// Wherever the two were read from.
    public static func == (left: LabelSpace, right: LabelSpace) -> Bool {
        left.name == right.name && left.classes == right.classes && left.ignoredIDs == right.ignoredIDs
            && left.ignoredColors == right.ignoredColors && left.unknownValues == right.unknownValues
            && left.coding == right.coding && left.sources == right.sources && left.destinations == right.destinations
            && left.featureClasses == right.featureClasses && left.means == right.means
    }
}
