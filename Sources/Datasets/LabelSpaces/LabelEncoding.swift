internal import Annotations
public import ImageIO

/// How the numbers or colours of label files mean train ids.
///
/// Every value has a train id, is ignored (train id 255), or is unknown; an unknown value in a file is an error, since
/// it mostly means that the file is of another data set, unless the label space says `unknown: ignore`.
public struct LabelEncoding: Sendable, Equatable {
    public let name: String
    /// What the train ids mean.
    public private(set) var labelSpace: LabelSpace
    /// The space whose numbers the files hold.
    let fileSpace: LabelSpace
    /// What numbers and colours of files mean.
    private(set) var values: TrainIDTable

    /// Which numbers files hold.
    public enum Numbering: Sendable {
        /// Places in the label space.
        case trainIDs
        /// Those that the label space's file says.
        case labelIDs
    }

    /// The numbers and colours of a label space's files.
    public init(_ numbering: Numbering, of space: LabelSpace) {
        fileSpace = space
        labelSpace = space
        values = TrainIDTable(fallback: space.unknownValues == .ignore ? Int16(LabelSpace.ignoreLabel) : -1)
        switch numbering {
        case .trainIDs where !space.idsAreTrainIDs:
            name = "train ids of \(space.name)"
            for trainID in space.classes.indices { values.entries[trainID] = Int16(trainID) }
            values.entries[Int(LabelSpace.ignoreLabel)] = Int16(LabelSpace.ignoreLabel)
        case .trainIDs, .labelIDs:
            name = space.idsAreTrainIDs ? "ids of \(space.name)" : "label ids of \(space.name)"
            for id in space.ignoredIDs { set(id, LabelSpace.ignoreLabel) }
            for (trainID, entry) in space.classes.enumerated() {
                for id in entry.ids { set(id, UInt8(trainID)) }
            }
        }
        for color in space.ignoredColors { values.colors[TrainIDTable.key(of: color)] = Int16(LabelSpace.ignoreLabel) }
        for (trainID, entry) in space.classes.enumerated() {
            for color in entry.fileColors { values.colors[TrainIDTable.key(of: color)] = Int16(trainID) }
        }
    }

    private mutating func set(_ value: Int, _ trainID: UInt8) {
        if value < 256 { values.entries[value] = Int16(trainID) } else { values.wideValues[value] = Int16(trainID) }
    }

    /// The train id of one file value, 255 when ignored, `nil` when unknown.
    public func trainID(of value: Int) -> UInt8? {
        let entry = values[value]
        return entry < 0 ? nil : UInt8(entry)
    }

    /// This encoding with its train ids read as those of another space.
    ///
    /// - Precondition: the projection starts at `labelSpace`.
    public func delivered(by projection: LabelProjection) -> LabelEncoding {
        precondition(
            projection.source.hasClasses(of: labelSpace),
            "LabelEncoding: \(name) has no classes of \(projection.source.name)")
        var result = self
        result.labelSpace = projection.destination
        result.values = values.mapValues { $0 < 0 ? $0 : Int16(projection.table[Int($0)]) }
        return result
    }

    /// Its name, and a hash of all that it maps: differs wherever pixels would be counted differently.
    var fingerprint: String {
        // Train ids are below 254, so that unknown and ignored values differ from them and from each other.
        func byte(_ entry: Int16) -> UInt8 { entry < 0 ? UInt8(LabelSpace.largestClassCount) : UInt8(entry) }
        var entries =
            values.entries.map(byte) + [byte(values.fallback)]
            + Array(labelSpace.classNames.joined(separator: "/").utf8)
        for (value, trainID) in values.wideValues.sorted(by: { $0.key < $1.key }) {
            entries += [UInt8(value >> 8), UInt8(value & 255), UInt8(truncatingIfNeeded: trainID)]
        }
        for (color, trainID) in values.colors.sorted(by: { $0.key < $1.key }) {
            entries += [
                UInt8(color >> 16), UInt8(color >> 8 & 255), UInt8(color & 255), UInt8(truncatingIfNeeded: trainID),
            ]
        }
        entries += Array(fileSpace.coding.rawValue.utf8)
        return "\(name) \(Datasets.fingerprint(of: entries))"
    }
}

extension LabelEncoding {
    /// The map with every value replaced by its train id.
    ///
    /// - Parameter file: named in the error.
    /// - Throws: `unknownLabel` for a value without a meaning.
    public func trainIDs(of labels: LabelMap, file: String) throws(DatasetError) -> LabelMap {
        try trainIDs(values.read(labels), labels.pixels.count, file)
    }

    /// As above, of 16 bits a pixel.
    func trainIDs(of values: PixelImage<UInt16>, file: String) throws(DatasetError) -> LabelMap {
        try trainIDs(self.values.read(values), values.height * values.width, file)
    }

    /// As above, of colours.
    func trainIDs(ofColors image: RGBImage, file: String) throws(DatasetError) -> LabelMap {
        let count = image.height * image.width
        switch values.read(colors: image) {
        case .trainIDs(let map): return map
        case .unknown(let key, let pixels):
            let text = "[\(key >> 16), \(key >> 8 & 255), \(key & 255)]"
            throw unknown("colour \(text)", pixels, of: count, file: file, key: "ignoreColors")
        }
    }

    private func trainIDs(
        _ reading: TrainIDTable.Reading, _ count: Int, _ file: String
    ) throws(DatasetError) -> LabelMap {
        switch reading {
        case .trainIDs(let map): return map
        case .unknown(let value, let pixels):
            throw unknown("id \(value)", pixels, of: count, file: file, key: "ignore")
        }
    }

    private func unknown(_ what: String, _ pixels: Int, of count: Int, file: String, key: String) -> DatasetError {
        DatasetError(
            .unknownLabel,
            "\(file): the \(what), in \(pixels) of \(count) pixels, is none of the \(name); check that the file "
                + "belongs to this data set, or add it to a class or to \(key) of "
                + "\(fileSpace.file ?? "the label space \(fileSpace.name)"), or set unknown: ignore there")
    }
}
