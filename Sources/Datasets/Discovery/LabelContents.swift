internal import Annotations
internal import ImageIO

/// What occurs in some label files: ids or colours.
package struct LabelContents: Sendable {
    /// In how many of the files, by id.
    package private(set) var ids: [Int: Int] = [:]
    /// In how many of the files, by colour.
    package private(set) var colors: [SIMD3<UInt8>: Int] = [:]
    /// Colours that palettes give to ids.
    package private(set) var palette: [Int: SIMD3<UInt8>] = [:]
    package private(set) var fileCount = 0
    /// Ids of these files whose objects maps of instances number.
    package private(set) var thingIDs: Set<Int> = []

    /// Files that are looked at, evenly spread.
    package static let mostFiles = 150

    /// - Parameters:
    ///   - files: of labels.
    ///   - instances: of objects, of the same images.
    package init(of files: [String], instances: [String] = []) {
        let count = min(files.count, Self.mostFiles)
        for place in 0..<count { look(at: files[place * files.count / count]) }
        let mapCount = min(instances.count, Self.mostFiles)
        for place in 0..<mapCount {
            guard let map = try? ImageCodec.readInstances(instances[place * instances.count / mapCount]) else {
                continue
            }
            thingIDs.formUnion(Set(map.pixels).filter { $0 >= 1000 }.map { Int($0) / 1000 })
        }
        thingIDs.formIntersection(ids.keys)
    }

    private mutating func look(at path: String) {
        guard let content = try? LabelFileContent(path) else { return }
        fileCount += 1
        switch content {
        case .ids(let map):
            for (value, count) in map.valueCounts.enumerated() where count > 0 { ids[value, default: 0] += 1 }
            takePalette(path, map)
        case .wideIDs(let map): for value in map.distinctValues { ids[value, default: 0] += 1 }
        case .colors(let image):
            for color in image.distinctColors() { colors[color, default: 0] += 1 }
        }
    }

    private mutating func takePalette(_ path: String, _ map: LabelMap) {
        guard let header = try? ImageCodec.header(ofFile: path), header.isPalette,
            let image = try? ImageCodec.readColors(path)
        else { return }
        for (value, color) in image.firstColors(by: map).enumerated() where palette[value] == nil {
            palette[value] = color
        }
    }

    /// Whether all that occurs has a meaning in a label space.
    package func isKnown(to space: LabelSpace) -> Bool {
        let encoding = LabelEncoding(.labelIDs, of: space)
        return fileCount > 0 && ids.keys.allSatisfy { encoding.trainID(of: $0) != nil }
            && colors.keys.allSatisfy { encoding.values.colors[TrainIDTable.key(of: $0)] != nil }
    }
}
