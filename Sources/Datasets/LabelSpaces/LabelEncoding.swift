public import ImageIO

/// How a label file's numbers mean train ids: a table of 256 entries.
///
/// Every value has a train id, is ignored (train id 255), or is unknown; an unknown value in a file is an error, since
/// it mostly means that the file is of another data set.
public struct LabelEncoding: Sendable, Equatable {
    public let name: String
    /// What the train ids mean.
    public let labelSpace: LabelSpace
    /// Train id (0...255) by file value; -1 where the value is unknown.
    private let table: [Int16]

    /// - Parameters:
    ///   - trainIDs: train id by file value.
    ///   - ignored: file values that mean "not trained on".
    public init(name: String, labelSpace: LabelSpace, trainIDs: [Int: Int], ignored: [Int]) {
        var table = [Int16](repeating: -1, count: 256)
        for value in ignored { table[value] = Int16(LabelSpace.ignoreLabel) }
        for (value, trainID) in trainIDs {
            precondition(labelSpace.classes.indices.contains(trainID), "LabelEncoding: \(name) has no class \(trainID)")
            table[value] = Int16(trainID)
        }
        self.init(name: name, labelSpace: labelSpace, table: table)
    }

    private init(name: String, labelSpace: LabelSpace, table: [Int16]) {
        self.name = name
        self.labelSpace = labelSpace
        self.table = table
    }

    /// The train id of one file value, 255 when ignored, `nil` when unknown.
    public func trainID(of value: Int) -> UInt8? {
        guard table.indices.contains(value), table[value] >= 0 else { return nil }
        return UInt8(table[value])
    }

    /// The file value of each train id: the smallest one where several share it.
    public var fileValues: [UInt8?] {
        labelSpace.classes.indices.map { trainID in
            table.firstIndex(of: Int16(trainID)).map { UInt8($0) }
        }
    }

    /// Its name, and a hash of all that it maps: differs wherever pixels would be counted differently.
    var fingerprint: String {
        let entries =
            table.map { UInt8(truncatingIfNeeded: $0 + 1) } + Array(labelSpace.classNames.joined(separator: "/").utf8)
        return "\(name) \(Datasets.fingerprint(of: entries))"
    }

    /// This encoding with its train ids read as file values of `other`.
    ///
    /// - Precondition: `other` knows every train id of this encoding.
    public func followed(by other: LabelEncoding) -> LabelEncoding {
        let composed = table.map { entry -> Int16 in
            guard entry >= 0, entry != Int16(LabelSpace.ignoreLabel) else { return entry }
            guard let trainID = other.trainID(of: Int(entry)) else {
                preconditionFailure("LabelEncoding: \(other.name) does not know train id \(entry) of \(name)")
            }
            return Int16(trainID)
        }
        return LabelEncoding(name: "\(name), \(other.name)", labelSpace: other.labelSpace, table: composed)
    }

    /// The map with every value replaced by its train id.
    ///
    /// - Parameter file: named in the error.
    /// - Throws: `unknownLabel` for a value without a meaning.
    public func trainIDs(of labels: LabelMap, file: String) throws(DatasetError) -> LabelMap {
        // -1 becomes 255, so that the pixels alone do not tell: whether one was unknown is collected beside them.
        var signs: Int16 = 0
        let pixels = [UInt8](unsafeUninitializedCapacity: labels.pixels.count) { output, initialized in
            table.withUnsafeBufferPointer { table in
                labels.pixels.withUnsafeBufferPointer { values in
                    for index in 0..<values.count {
                        let trainID = table[Int(values[index])]
                        signs |= trainID
                        output[index] = UInt8(truncatingIfNeeded: trainID)
                    }
                }
            }
            initialized = labels.pixels.count
        }
        if signs < 0, let unknown = labels.pixels.first(where: { table[Int($0)] < 0 }) {
            throw DatasetError(
                .unknownLabel,
                "\(file): label value \(unknown) has no meaning in \(name) (label space \(labelSpace.name)); "
                    + "check that the file belongs to this data set and holds ids, not colours")
        }
        return LabelMap(height: labels.height, width: labels.width, channels: labels.channels, pixels: pixels)
    }
}

extension LabelEncoding {
    /// Cityscapes and GTA label ids (`_labelIds.png`); 255 is licence plate (-1) in 8 bits.
    public static let cityscapesLabelIDs = LabelEncoding(
        name: "Cityscapes label ids", labelSpace: .cityscapes19,
        trainIDs: [
            7: 0, 8: 1, 11: 2, 12: 3, 13: 4, 17: 5, 19: 6, 20: 7, 21: 8, 22: 9, 23: 10, 24: 11, 25: 12, 26: 13, 27: 14,
            28: 15, 31: 16, 32: 17, 33: 18,
        ],
        ignored: [0, 1, 2, 3, 4, 5, 6, 9, 10, 14, 15, 16, 18, 29, 30, 255])

    /// Files that already hold Cityscapes train ids (`_labelTrainIds.png`).
    public static let cityscapesTrainIDs = LabelEncoding(
        name: "Cityscapes train ids", labelSpace: .cityscapes19,
        trainIDs: Dictionary(uniqueKeysWithValues: (0..<19).map { ($0, $0) }), ignored: [255])

    /// SYNTHIA-RAND-CITYSCAPES class ids (red channel of `GT/LABELS`); void, parking, road work and lane marking are
    /// ignored.
    public static let synthia = LabelEncoding(
        name: "SYNTHIA class ids", labelSpace: .cityscapes19,
        trainIDs: [
            1: 10, 2: 2, 3: 0, 4: 1, 5: 4, 6: 8, 7: 5, 8: 13, 9: 7, 10: 11, 11: 18, 12: 17, 15: 6, 16: 9, 17: 12,
            18: 14,
            19: 15, 20: 16, 21: 3,
        ],
        ignored: [0, 13, 14, 22])

    /// The reduced CamVid as published with SegNet; 11 is "unlabelled".
    public static let camvid = LabelEncoding(
        name: "CamVid ids", labelSpace: .camvid11,
        trainIDs: Dictionary(uniqueKeysWithValues: (0..<11).map { ($0, $0) }), ignored: [11, 255])

    /// Cityscapes train ids read as the 11 CamVid classes, by what CamVid's 32 original classes were merged into:
    /// walls count as building, traffic lights as sign symbol, grass ("vegetation misc") as tree, trucks, buses and
    /// trains as car, motorcycles with cyclists as bicyclist.
    public static let cityscapes19AsCamVid11 = LabelEncoding(
        name: "Cityscapes train ids as CamVid", labelSpace: .camvid11,
        trainIDs: [
            0: 3, 1: 4, 2: 1, 3: 1, 4: 7, 5: 2, 6: 6, 7: 6, 8: 5, 9: 5, 10: 0, 11: 9, 12: 10, 13: 8, 14: 8, 15: 8,
            16: 8,
            17: 10, 18: 10,
        ],
        ignored: [255])
}
