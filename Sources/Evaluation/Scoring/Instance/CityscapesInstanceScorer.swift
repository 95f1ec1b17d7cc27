public import Datasets
internal import ImageIO

/// Scores predicted instances in files against maps of instance ids: `evalInstanceLevelSemanticLabeling` of
/// cityscapesScripts.
public struct CityscapesInstanceScorer: Sendable {
    /// Names of the countable classes, in the order of the label space.
    public let classNames: [String]
    /// Names of the images, in the order in which they are scored.
    public let imageNames: [String]
    private let space: LabelSpace
    /// Path of the map, and of the text file of predictions.
    private let pairs: [(label: String, prediction: String)]
    private let predictions: CityscapesInstanceFiles
    /// Place of the countable class, by label id.
    private let places: [Int: Int]

    private static let suffixes = ["_gtFine_instanceIds.png", "_gtCoarse_instanceIds.png", "_instanceIds.png"]

    /// - Parameters:
    ///   - labels: folder of `..._instanceIds.png`, at any depth.
    ///   - predictions: folder with a text file an image, at any depth.
    /// - Throws: `missingFolder`, `emptyFolder`, `missingPrediction`, `duplicateName`.
    public init(labels: String, predictions folder: String, space: LabelSpace) throws(EvaluationError) {
        self.space = space
        let things = space.thingTrainIDs
        guard !things.isEmpty else {
            throw EvaluationError(
                .incompatibleLabelSpaces, "\(space.name): none of its classes is countable; mark those with `thing: "
                    + "true`")
        }
        classNames = things.map { space.classes[$0].name }
        places = Dictionary(
            things.enumerated().flatMap { place, trainID in space.classes[trainID].ids.map { ($0, place) } },
            uniquingKeysWith: { first, _ in first })
        predictions = try CityscapesInstanceFiles(folder)
        let files = try FileTree(labels) { name in Self.suffixes.contains(where: name.hasSuffix) }.files
        guard !files.isEmpty else {
            throw EvaluationError(
                .emptyFolder, "\(labels): holds no ..._instanceIds.png, so there is nothing to score; check the folder")
        }
        var names: [String] = []
        var seen = Set<String>()
        var pairs: [(label: String, prediction: String)] = []
        for file in files {
            let name = Self.imageName(file)
            guard seen.insert(name).inserted else {
                throw EvaluationError(
                    .duplicateName, "\(labels)/\(file): another map is of an image \(name), too; keep one of the two")
            }
            names.append(name)
            pairs.append(("\(labels)/\(file)", try predictions.file(ofImage: name, label: "\(labels)/\(file)")))
        }
        self.pairs = pairs
        imageNames = names
    }

    public var imageCount: Int { pairs.count }

    private static func imageName(_ file: String) -> String {
        let own = file.split(separator: "/").last.map(String.init) ?? file
        let suffix = suffixes.first(where: own.hasSuffix) ?? ""
        return String(own.dropLast(suffix.count))
    }

    /// Compares a share of the images: of each, a list by place of the class.
    ///
    /// - Throws: `unreadable`, `malformed`, `unknownLabel`, `invalidScore`, `sizeMismatch`.
    public func matches(share: ImageShare = .whole) throws(EvaluationError) -> ImageList<[InstanceMatches]> {
        var list = ImageList<[InstanceMatches]>()
        for index in share.indices(of: imageCount) {
            list.append(try matches(pairs[index].label, pairs[index].prediction), image: index)
        }
        return list
    }

    private func matches(_ label: String, _ file: String) throws(EvaluationError) -> [InstanceMatches] {
        let map = try Self.read(label)
        var matches = [InstanceMatches](repeating: InstanceMatches(), count: classNames.count)
        var truths: [UInt16: (place: Int, truth: Int)] = [:]
        var areas: [UInt16: Int] = [:]
        map.pixels.forEachRun { areas[$0, default: 0] += $1 }
        for (id, area) in areas.sorted(by: { $0.key < $1.key }) {
            let labelID = Int(id < 1000 ? id : id / 1000)
            try requireKnown(labelID, "\(label): holds the id \(id)")
            guard let place = places[labelID] else { continue }
            truths[id] = (place, matches[place].truths.count)
            matches[place].truths.append(.init(area: area, isGroup: id < 1000))
        }
        for line in try predictions.lines(of: file) {
            try requireKnown(line.labelID, line.place)
            guard let place = places[line.labelID] else { continue }
            let mask = try CityscapesInstanceFiles.mask(line.mask)
            guard (mask.height, mask.width) == (map.height, map.width) else {
                throw EvaluationError(
                    .sizeMismatch,
                    "\(line.mask): is \(mask.width)x\(mask.height), but \(label) is \(map.width)x\(map.height); write "
                        + "masks at the size of the labels")
            }
            add(mask, line.score, of: place, map, truths, to: &matches[place])
        }
        return matches
    }

    /// Adds a prediction of the class at `place`; one without a pixel is none.
    private func add(
        _ mask: LabelMap, _ score: Double, of place: Int, _ map: InstanceMap,
        _ truths: [UInt16: (place: Int, truth: Int)], to matches: inout InstanceMatches
    ) {
        var covered: [UInt16: Int] = [:]
        zip(mask.pixels, map.pixels).map { $0 == 0 ? -1 : Int32($1) }.forEachRun { id, length in
            if id >= 0 { covered[UInt16(id), default: 0] += length }
        }
        guard !covered.isEmpty else { return }
        let prediction = matches.predictions.count
        matches.predictions.append(
            .init(
                score: score, area: covered.values.reduce(0, +),
                voidArea: covered.reduce(0) { $0 + (space.ignoredIDs.contains(Int($1.key)) ? $1.value : 0) }))
        for (id, area) in covered.sorted(by: { $0.key < $1.key }) {
            guard let truth = truths[id], truth.place == place else { continue }
            matches.overlaps.append(.init(truth: truth.truth, prediction: prediction, area: area))
        }
    }

    private func requireKnown(_ labelID: Int, _ place: String) throws(EvaluationError) {
        guard !space.ignoredIDs.contains(labelID), !space.classes.contains(where: { $0.ids.contains(labelID) }) else {
            return
        }
        throw EvaluationError(
            .unknownLabel,
            "\(place) of the class \(labelID), which \(space.title) does not have; write label ids (of Cityscapes: 24 "
                + "is a person), not train ids")
    }

    private static func read(_ path: String) throws(EvaluationError) -> InstanceMap {
        do {
            return try ImageCodec.readInstances(path)
        } catch {
            throw EvaluationError(
                .unreadable, "\(path): cannot be read as instance ids; restore the file", cause: error)
        }
    }

    /// Scores by class from the matches of all images.
    public func precisions(_ matches: ImageList<[InstanceMatches]>) -> [InstancePrecision] {
        let images = matches.elements
        return classNames.indices.map { place in InstancePrecision(images.map { $0[place] }) }
    }
}
