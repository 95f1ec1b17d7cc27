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
    /// Train id (0...255) by file value below 256; -1 where the value is unknown.
    var table: [Int16]
    /// Larger values, of files of 16 bits.
    var wideValues: [Int: Int16]
    /// By colour, as `key(of:)` counts them.
    var colors: [UInt32: Int16]
    /// Of values that are in none of the three.
    let fallback: Int16

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
        fallback = space.unknownValues == .ignore ? Int16(LabelSpace.ignoreLabel) : -1
        table = [Int16](repeating: fallback, count: 256)
        wideValues = [:]
        colors = [:]
        switch numbering {
        case .trainIDs where !space.idsAreTrainIDs:
            name = "train ids of \(space.name)"
            for trainID in space.classes.indices { table[trainID] = Int16(trainID) }
            table[Int(LabelSpace.ignoreLabel)] = Int16(LabelSpace.ignoreLabel)
        case .trainIDs, .labelIDs:
            name = space.idsAreTrainIDs ? "ids of \(space.name)" : "label ids of \(space.name)"
            for id in space.ignoredIDs { set(id, LabelSpace.ignoreLabel) }
            for (trainID, entry) in space.classes.enumerated() {
                for id in entry.ids { set(id, UInt8(trainID)) }
            }
        }
        for color in space.ignoredColors { colors[Self.key(of: color)] = Int16(LabelSpace.ignoreLabel) }
        for (trainID, entry) in space.classes.enumerated() {
            for color in entry.fileColors { colors[Self.key(of: color)] = Int16(trainID) }
        }
    }

    private mutating func set(_ value: Int, _ trainID: UInt8) {
        if value < 256 { table[value] = Int16(trainID) } else { wideValues[value] = Int16(trainID) }
    }

    static func key(of color: SIMD3<UInt8>) -> UInt32 { UInt32(color.x) << 16 | UInt32(color.y) << 8 | UInt32(color.z) }

    /// The train id of one file value, 255 when ignored, `nil` when unknown.
    public func trainID(of value: Int) -> UInt8? {
        let entry = table.indices.contains(value) ? table[value] : wideValues[value] ?? fallback
        return entry < 0 ? nil : UInt8(entry)
    }

    /// This encoding with its train ids read as those of another space.
    ///
    /// - Precondition: the projection starts at `labelSpace`.
    public func delivered(by projection: LabelProjection) -> LabelEncoding {
        precondition(
            projection.source.hasClasses(of: labelSpace),
            "LabelEncoding: \(name) has no classes of \(projection.source.name)")
        func projected(_ entry: Int16) -> Int16 { entry < 0 ? entry : Int16(projection.table[Int(entry)]) }
        var result = self
        result.labelSpace = projection.destination
        result.table = table.map(projected)
        result.wideValues = wideValues.mapValues(projected)
        result.colors = colors.mapValues(projected)
        return result
    }

    /// Its name, and a hash of all that it maps: differs wherever pixels would be counted differently.
    var fingerprint: String {
        // Train ids are below 254, so that unknown and ignored values differ from them and from each other.
        func byte(_ entry: Int16) -> UInt8 { entry < 0 ? UInt8(LabelSpace.largestClassCount) : UInt8(entry) }
        var entries = table.map(byte) + [byte(fallback)] + Array(labelSpace.classNames.joined(separator: "/").utf8)
        for (value, trainID) in wideValues.sorted(by: { $0.key < $1.key }) {
            entries += [UInt8(value >> 8), UInt8(value & 255), UInt8(truncatingIfNeeded: trainID)]
        }
        for (color, trainID) in colors.sorted(by: { $0.key < $1.key }) {
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
            throw self.unknown(
                "id \(unknown)", labels.pixels.count { $0 == unknown }, of: labels.pixels.count, file: file,
                key: "ignore")
        }
        return LabelMap(height: labels.height, width: labels.width, channels: labels.channels, pixels: pixels)
    }

    /// As above, of 16 bits a pixel.
    func trainIDs(of values: PixelImage<UInt16>, file: String) throws(DatasetError) -> LabelMap {
        let count = values.height * values.width
        var pixels = [UInt8](repeating: LabelSpace.ignoreLabel, count: count)
        for index in 0..<count {
            let value = Int(values.pixels[index * values.channels])
            guard let trainID = trainID(of: value) else {
                let all = stride(from: 0, to: values.pixels.count, by: values.channels)
                throw unknown(
                    "id \(value)", all.count { Int(values.pixels[$0]) == value }, of: count, file: file, key: "ignore")
            }
            pixels[index] = trainID
        }
        return LabelMap(height: values.height, width: values.width, channels: 1, pixels: pixels)
    }

    /// As above, of colours.
    func trainIDs(ofColors image: RGBImage, file: String) throws(DatasetError) -> LabelMap {
        let count = image.height * image.width
        var pixels = [UInt8](repeating: LabelSpace.ignoreLabel, count: count)
        // Neighbours mostly have one colour.
        var last = (key: UInt32.max, trainID: LabelSpace.ignoreLabel)
        for index in 0..<count {
            let key = Self.key(of: image.color(index))
            if key != last.key {
                let entry = colors[key] ?? fallback
                guard entry >= 0 else { throw unknownColor(key, in: image, file: file) }
                last = (key, UInt8(entry))
            }
            pixels[index] = last.trainID
        }
        return LabelMap(height: image.height, width: image.width, channels: 1, pixels: pixels)
    }

    private func unknownColor(_ key: UInt32, in image: RGBImage, file: String) -> DatasetError {
        let count = image.height * image.width
        let text = "[\(key >> 16), \(key >> 8 & 255), \(key & 255)]"
        return unknown(
            "colour \(text)", (0..<count).count { Self.key(of: image.color($0)) == key }, of: count, file: file,
            key: "ignoreColors")
    }

    private func unknown(_ what: String, _ pixels: Int, of count: Int, file: String, key: String) -> DatasetError {
        DatasetError(
            .unknownLabel,
            "\(file): the \(what), in \(pixels) of \(count) pixels, is none of the \(name); check that the file "
                + "belongs to this data set, or add it to a class or to \(key) of "
                + "\(fileSpace.file ?? "the label space \(fileSpace.name)"), or set unknown: ignore there")
    }
}

extension PixelImage where Scalar == UInt8 {
    fileprivate func color(_ index: Int) -> SIMD3<UInt8> {
        SIMD3(pixels[index * 3], pixels[index * 3 + 1], pixels[index * 3 + 2])
    }
}
