internal import Datasets
internal import ImageIO

/// A file of classes, read in one of the two ways in which its numbers may be meant.
struct ClassFile {
    /// What the file is, and the option that says what its numbers mean.
    enum Side: String {
        case labels = "--ids"
        case predictions = "--prediction-ids"
    }

    let trainIDs: LabelMap
    /// As its numbers were taken.
    let ids: LabelIDs
    private let content: LabelFileContent
    private let path: String
    private let space: LabelSpace

    /// - Parameter given: what its numbers mean; nil decides by its name.
    /// - Throws: `unknownLabel`, which names the option where the file can be read in the other way; `unreadable`.
    init(
        _ path: String, _ side: Side, _ given: LabelIDs?, _ space: LabelSpace
    ) throws(EvaluationError) {
        self.path = path
        self.space = space
        ids = given ?? LabelIDs(suggestedBy: path)
        let codings = Self.codings(side, isGiven: given != nil, space)
        var failure: EvaluationError?
        for coding in codings {
            do throws(EvaluationError) {
                (content, trainIDs) = try Self.contents(path, side, ids, space, coding)
                return
            } catch {
                failure = error
            }
        }
        throw failure ?? EvaluationError(.unreadable, "\(path): cannot be read as class ids; restore the file")
    }

    /// How a file may be coded, the first that fits counts. A label space says so of its label files; predictions of it
    /// are colours or ids, whichever the program writes, and whoever says what numbers mean says that there are
    /// numbers.
    private static func codings(_ side: Side, isGiven: Bool, _ space: LabelSpace) -> [LabelSpace.FileCoding] {
        if isGiven, space.coding == .colors { return [.automatic] }
        return side == .predictions && space.coding != .automatic ? [space.coding, .automatic] : [space.coding]
    }

    private static func contents(
        _ path: String, _ side: Side, _ ids: LabelIDs, _ space: LabelSpace, _ coding: LabelSpace.FileCoding
    ) throws(EvaluationError) -> (LabelFileContent, LabelMap) {
        let encoding = ids.encoding(in: space)
        let content: LabelFileContent
        do {
            content = try encoding.content(ofFile: path, coding: coding, for: "as class ids")
        } catch {
            throw EvaluationError(.unreadable, error.message, cause: error.cause)
        }
        do {
            return (content, try encoding.trainIDs(of: content, file: path))
        } catch {
            throw failure(error, path, side, ids, content, space)
        }
    }

    /// Its train ids where its numbers are meant in the other way; nil where they cannot be, or it has no numbers.
    var inTheOtherWay: LabelMap? { Self.read(content, ids.other, space, path) }

    private static func read(
        _ content: LabelFileContent, _ ids: LabelIDs, _ space: LabelSpace, _ path: String
    ) -> LabelMap? {
        if case .colors = content { return nil }
        return try? ids.encoding(in: space).trainIDs(of: content, file: path)
    }

    private static func failure(
        _ error: DatasetError, _ path: String, _ side: Side, _ ids: LabelIDs, _ content: LabelFileContent,
        _ space: LabelSpace
    ) -> EvaluationError {
        if read(content, ids.other, space, path) != nil {
            return EvaluationError(
                .unknownLabel,
                "\(path): holds \(ids.other.name) of \(space.name), where \(ids.name) are expected; give "
                    + "\(side.rawValue) \(ids.other.rawValue)")
        }
        if case .colors = content, PanopticFile.exists(besideFolderOf: path) {
            return EvaluationError(
                .unknownLabel,
                "\(path): is of a panoptic folder, with numbers of segments as colours; score it with the JSON file "
                    + "beside it by `causeway score panoptic`")
        }
        return EvaluationError(
            .unknownLabel, "\(error.message); \(side.rawValue) says what numbers mean", cause: error.cause)
    }
}

extension PanopticFile {
    /// Whether a folder above a file has the name of a JSON file beside it.
    fileprivate static func exists(besideFolderOf path: String) -> Bool {
        var folder = path[...]
        while let slash = folder.lastIndex(of: "/") {
            folder = folder[..<slash]
            if !folder.isEmpty, FileListing.exists("\(folder).json") { return true }
        }
        return false
    }
}

extension LabelIDs {
    var other: LabelIDs { self == .train ? .label : .train }

    /// For a person.
    var name: String { self == .train ? "train ids" : "label ids" }
}

/// Watches whether the numbers of the predictions agree better with the labels when they are meant in the other way:
/// small label ids are train ids of other classes, and nothing else tells.
struct PredictedNumbering {
    private let projection: LabelProjection
    /// Whether nobody said what the numbers mean, so that they may be doubted; also where somebody did, but nothing at
    /// all is predicted then.
    private let isGiven: Bool
    private var ids: LabelIDs?
    private var labelled = 0
    private var right = 0
    /// nil once a file cannot be read in the other way.
    private var rightInTheOtherWay: Int? = 0
    private var hasClasses = false

    init(_ given: LabelIDs?, _ projection: LabelProjection) {
        isGiven = given != nil
        self.projection = projection
    }

    mutating func add(_ file: ClassFile, _ truth: LabelMap) {
        ids = ids ?? file.ids
        let used = projection(file.trainIDs)
        hasClasses = hasClasses || used.pixels.contains { $0 != LabelSpace.ignoreLabel }
        labelled += truth.pixels.count { $0 != LabelSpace.ignoreLabel }
        right += Self.matches(truth, used)
        guard let sum = rightInTheOtherWay else { return }
        guard ids == file.ids, let other = file.inTheOtherWay else {
            rightInTheOtherWay = nil
            return
        }
        rightInTheOtherWay = sum + Self.matches(truth, projection(other))
    }

    private static func matches(_ truth: LabelMap, _ prediction: LabelMap) -> Int {
        zip(truth.pixels, prediction.pixels).count { $0 == $1 && $0 != LabelSpace.ignoreLabel }
    }

    /// - Parameter folder: of the predictions.
    func notice(_ folder: String) -> String? {
        guard let ids, let other = rightInTheOtherWay, other > right, !isGiven || !hasClasses else { return nil }
        func share(_ count: Int) -> String { "\(100 * count / max(1, labelled)) %" }
        return "\(folder): taken for \(ids.name), its numbers agree with \(share(right)) of the labelled pixels, as "
            + "\(ids.other.name) with \(share(other)); if that is what they are, give "
            + "\(ClassFile.Side.predictions.rawValue) \(ids.other.rawValue)"
    }
}
