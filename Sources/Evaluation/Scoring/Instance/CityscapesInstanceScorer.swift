public import Datasets
internal import ImageIO

/// Scores predicted instances in files against maps of instance ids: `evalInstanceLevelSemanticLabeling` of
/// cityscapesScripts, and of kitti360Scripts, where pixels count as much as their labels are sure.
public struct CityscapesInstanceScorer: Sendable {
    /// Names of the countable classes, in the order of the label space.
    public let classNames: [String]
    /// Names of the images, in the order in which they are scored.
    public let imageNames: [String]
    private let space: LabelSpace
    /// Files of an image.
    private struct Files {
        let label: String
        /// The text file.
        let prediction: String
        /// Map of how sure the labels are; nil counts all pixels alike.
        var confidence: String?
    }
    private let pairs: [Files]
    private let predictions: CityscapesInstanceFiles
    /// Place of the countable class, by label id.
    private let places: [Int: Int]
    /// Ids whose pixels are void.
    private let voidIDs: Set<Int>

    private static let suffixes = ["_gtFine_instanceIds.png", "_gtCoarse_instanceIds.png", "_instanceIds.png"]

    /// - Parameters:
    ///   - labels: folder of `..._instanceIds.png`, at any depth.
    ///   - predictions: folder with a text file an image, at any depth.
    /// - Throws: `missingFolder`, `emptyFolder`, `missingPrediction`, `duplicateName`.
    public init(labels: String, predictions folder: String, space: LabelSpace) throws(EvaluationError) {
        let predictions = try CityscapesInstanceFiles(folder)
        try ScoredPath.requireFolder(labels)
        let files = try FileTree(labels) { name in Self.suffixes.contains(where: name.hasSuffix) }.files
        guard !files.isEmpty else {
            throw EvaluationError(
                .emptyFolder,
                "\(labels): holds no ..._instanceIds.png, so there is nothing to score; check the folder, or "
                    + "write labels of other names and forms as COCO's with `causeway make-labels`")
        }
        var names: [String] = []
        var seen = Set<String>()
        var pairs: [Files] = []
        for file in files {
            let name = Self.imageName(file)
            guard seen.insert(name).inserted else {
                throw EvaluationError(
                    .duplicateName, "\(labels)/\(file): another map is of an image \(name), too; keep one of the two")
            }
            names.append(name)
            let label = "\(labels)/\(file)"
            pairs.append(Files(label: label, prediction: try predictions.file(ofImage: name, label: label)))
        }
        try self.init(pairs, names: names, predictions, space, voidIDs: space.ignoredIDs)
    }

    /// Scores frames of KITTI-360.
    ///
    /// - Parameters:
    ///   - list: of the frames, such as `data_2d_semantics/train/2013_05_28_drive_val_frames.txt`.
    ///   - predictions: folder with a text file a frame, `0003_0000000250*.txt`, or in folders named as those of the
    ///     images.
    ///   - usesConfidence: whether pixels count as much as their labels are sure, as in the benchmark; or all alike.
    /// - Throws: `unreadable`, `emptyFolder`, `missingPrediction`, `duplicateName`.
    public init(
        kitti360 list: String, predictions folder: String, space: LabelSpace, usesConfidence: Bool
    ) throws(EvaluationError) {
        try ScoredPath.refuseFolder(
            list, "a list of frames",
            folders: "give such as data_2d_semantics/train/2013_05_28_drive_val_frames.txt; "
                + "folders of instance maps are scored with --protocol cityscapes")
        let frames: [KITTI360Frames.Frame]
        do {
            frames = try KITTI360Frames(list: list).frames
        } catch {
            throw EvaluationError(.unreadable, "\(error)")
        }
        let predictions = try CityscapesInstanceFiles(folder)
        let files = try predictions.filesByFrame()
        var pairs: [Files] = []
        for frame in frames {
            guard let file = files[frame.name] else {
                throw EvaluationError(
                    .missingPrediction,
                    "\(frame.objects): no file \(frame.name)*.txt under \(folder); write one for every frame of \(list), an "
                        + "empty one where nothing was found")
            }
            pairs.append(
                Files(label: frame.objects, prediction: file, confidence: usesConfidence ? frame.confidence : nil))
        }
        // `ignoreInInst` of kitti360Scripts.
        let voidIDs = Set(0...6).union([9, 10]).union(14...20).union([29, 30]).union(34...44)
        try self.init(pairs, names: frames.map(\.name), predictions, space, voidIDs: voidIDs)
    }

    private init(
        _ pairs: [Files], names: [String], _ predictions: CityscapesInstanceFiles, _ space: LabelSpace,
        voidIDs: Set<Int>
    ) throws(EvaluationError) {
        self.space = space
        let things = space.thingTrainIDs
        guard !things.isEmpty else {
            throw EvaluationError(
                .incompatibleLabelSpaces,
                "\(space.name): none of its classes is countable; mark those with `thing: "
                    + "true`")
        }
        classNames = things.map { space.classes[$0].name }
        places = Dictionary(
            things.enumerated().flatMap { place, trainID in space.classes[trainID].ids.map { ($0, place) } },
            uniquingKeysWith: { first, _ in first })
        self.predictions = predictions
        self.pairs = pairs
        self.voidIDs = voidIDs
        imageNames = names
    }

    public var imageCount: Int { pairs.count }

    /// A sentence where there are predictions and none is of a countable class, as none will count; nil otherwise.
    ///
    /// - Throws: what reading the text files throws.
    public func noticeOfClasses() throws(EvaluationError) -> String? {
        var first: CityscapesInstanceFiles.Line?
        var count = 0
        for files in pairs {
            for line in try predictions.lines(of: files.prediction) {
                guard places[line.labelID] == nil else { return nil }
                first = first ?? line
                count += 1
            }
        }
        guard let first else { return nil }
        let known = places.keys.sorted().map(String.init).joined(separator: ", ")
        return "none of the \(count) predicted objects is of a countable class, such as \(first.place) of the class "
            + "\(first.labelID): none counts; write the label ids of \(space.title), \(known), not train ids"
    }

    /// Whether pixels count as much as their labels are sure.
    public var isWeighted: Bool { pairs.contains { $0.confidence != nil } }

    private static func imageName(_ file: String) -> String {
        let own = file.split(separator: "/").last.map(String.init) ?? file
        let suffix = suffixes.first(where: own.hasSuffix) ?? ""
        return String(own.dropLast(suffix.count))
    }

    /// Compares a share of the images: of each, a list by place of the class.
    ///
    /// - Parameter progress: told how many of all images are done, where every rank has its share.
    /// - Throws: `unreadable`, `malformed`, `unknownLabel`, `invalidScore`, `sizeMismatch`.
    public func matches(
        share: ImageShare = .whole, progress: (_ done: Int) -> Void = { _ in }
    ) throws(EvaluationError) -> ImageList<[InstanceMatches]> {
        var list = ImageList<[InstanceMatches]>()
        for index in share.indices(of: imageCount) {
            list.append(try matches(pairs[index]), image: index)
            progress(share.done(after: index, of: imageCount))
        }
        return list
    }

    private func matches(_ files: Files) throws(EvaluationError) -> [InstanceMatches] {
        let label = files.label
        let map = try Self.read(label)
        let weights = try files.confidence.map { path throws(EvaluationError) in
            try Self.confidence(path, of: map, label)
        }
        var matches = [InstanceMatches](repeating: InstanceMatches(), count: classNames.count)
        var truths: [UInt16: (place: Int, truth: Int)] = [:]
        for (id, area) in areas(of: map, weights).sorted(by: { $0.key < $1.key }) {
            let labelID = Int(id < 1000 ? id : id / 1000)
            try requireKnown(labelID, "\(label): holds the id \(id)")
            guard let place = places[labelID] else { continue }
            truths[id] = (place, matches[place].truths.count)
            matches[place].truths.append(.init(area: area, isGroup: id < 1000))
        }
        for line in try predictions.lines(of: files.prediction) {
            try requireKnown(line.labelID, line.place)
            guard let place = places[line.labelID] else { continue }
            let mask = try CityscapesInstanceFiles.mask(line.mask)
            guard (mask.height, mask.width) == (map.height, map.width) else {
                throw EvaluationError(
                    .sizeMismatch,
                    "\(line.mask): is \(mask.width)x\(mask.height), but \(label) is \(map.width)x\(map.height); write "
                        + "masks at the size of the labels")
            }
            add(mask, line.score, of: place, map, weights, truths, to: &matches[place])
        }
        return matches
    }

    /// Adds a prediction of the class at `place`; one without a pixel that counts is none.
    private func add(
        _ mask: LabelMap, _ score: Double, of place: Int, _ map: InstanceMap, _ weights: PixelImage<UInt16>?,
        _ truths: [UInt16: (place: Int, truth: Int)], to matches: inout InstanceMatches
    ) {
        let covered = areas(of: map, weights, inside: mask)
        let area = covered.values.reduce(0, +)
        guard area > 0 else { return }
        let prediction = matches.predictions.count
        matches.predictions.append(
            .init(
                score: score, area: area,
                voidArea: covered.reduce(0) { $0 + (voidIDs.contains(Int($1.key)) ? $1.value : 0) }))
        for (id, area) in covered.sorted(by: { $0.key < $1.key }) where area > 0 {
            guard let truth = truths[id], truth.place == place else { continue }
            matches.overlaps.append(.init(truth: truth.truth, prediction: prediction, area: area))
        }
    }

    /// Pixels of each id, or the sum of their confidence.
    ///
    /// - Parameter mask: counted are its pixels that are not 0; nil for all.
    private func areas(
        of map: InstanceMap, _ weights: PixelImage<UInt16>?, inside mask: LabelMap? = nil
    ) -> [UInt16: Double] {
        var sums: [UInt16: Int] = [:]
        let ids: [Int32] =
            mask.map { zip($0.pixels, map.pixels).map { $0 == 0 ? -1 : Int32($1) } } ?? map.pixels.map { Int32($0) }
        var start = 0
        ids.forEachRun { id, length in
            defer { start += length }
            guard id >= 0 else { return }
            let sum = weights.map { $0.pixels[start..<start + length].reduce(0) { $0 + Int($1) } } ?? length
            sums[UInt16(id), default: 0] += sum
        }
        return sums.mapValues { weights == nil ? Double($0) : Double($0) / Double(UInt16.max) }
    }

    private static func confidence(
        _ path: String, of map: InstanceMap, _ label: String
    ) throws(EvaluationError) -> PixelImage<UInt16> {
        let found: PixelImage<UInt16>
        do {
            found = try ConfidenceMap.read(path)
        } catch {
            throw EvaluationError(.unreadable, "\(error)")
        }
        guard (found.height, found.width) == (map.height, map.width) else {
            throw EvaluationError(
                .sizeMismatch,
                "\(path): is \(found.width)x\(found.height), but \(label) is \(map.width)x\(map.height); restore the files"
            )
        }
        return found
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
