internal import Basics
internal import Datasets
internal import FoundationEssentials
internal import Training

/// The text of a first setting for two folders, and of the files that it names.
struct FirstSetting {
    private let name: String
    private let source: DomainFinding
    private let target: DomainFinding?
    /// Of the setting without its ending; further files are called after it.
    private let stem: String
    /// The setting's folder, absolute.
    private let folder: String

    /// Pixels of the short side that a first run has at most: minutes on two cores.
    private static let largestSide = 256
    /// That sides of crops are a multiple of: a cell of the deepest map of the settings that are built on.
    private static let stride = ModelConfiguration().deepestStride

    init(name: String, source: DomainFinding, target: DomainFinding?, stem: String, folder: String) {
        self.name = name
        self.source = source
        self.target = target
        self.stem = stem
        self.folder = folder
    }

    /// A file to be written beside the setting.
    struct File {
        let name: String
        let text: String
    }

    // MARK: Classes

    /// Label files of the target are of the same numbers as those of the source.
    private var ownContents: [LabelContents] {
        guard case .own(let contents) = source.labels else { return [] }
        guard case .own(let more)? = target?.labels, FirstLabelSpace.canHold([contents, more]) else {
            return [contents]
        }
        return [contents, more]
    }

    var labelSpaceFile: File? {
        let contents = ownContents
        guard !contents.isEmpty else { return nil }
        return File(
            name: "\(stem)-labels.yaml", text: FirstLabelSpace(name: "\(stem)-labels", contents: contents).text)
    }

    private var space: LabelSpace? {
        if case .known(let space) = source.labels { space } else { nil }
    }

    // MARK: Lists

    /// Lists of the images that have labels, where others lie among them.
    var lists: [File] {
        var lists: [File] = []
        if let images = training?.listed { lists.append(list("source", images, source.root)) }
        if let scored = evaluation.part?.listed, let finding = evaluation.finding {
            lists.append(list("evaluation", scored, finding.root))
        }
        return lists
    }

    private func list(_ domain: String, _ images: [String], _ root: String) -> File {
        File(
            name: "\(stem)-\(domain).txt",
            text: "# Images with labels, listed by `causeway new`.\n"
                + images.map { $0.hasPrefix(root + "/") ? String($0.dropFirst(root.count + 1)) : $0 }.joined(
                    separator: "\n")
                + "\n")
    }

    private var training: DomainFinding.Part? { source.training(labelled: true) }

    // MARK: Scores

    /// What is scored, and what a comment says of it.
    private var evaluation: (finding: DomainFinding?, part: DomainFinding.Part?, keys: [String], remark: String) {
        if let target, let part = target.scored {
            if case .own = target.labels, ownContents.count == 2 {
                return (target, part, [], remark(part))
            }
            if case .known(let files) = target.labels, let space {
                if (try? LabelProjection(from: files, to: space)) != nil {
                    return (target, part, fileSpace(files, of: target), remark(part))
                }
                if (try? LabelProjection(from: space, to: files)) != nil {
                    return (target, part, fileSpace(files, of: target), remark(part) + "; scored in its own classes")
                }
            }
            return (
                nil, nil, [],
                "the target's labels are of other classes than the source's, and no map between them is known: write one\n  # into "
                    + "the label space (from: or to:), then name the target's labels here"
            )
        }
        guard let part = source.scored, part.split == .val else {
            return (
                nil, nil, [],
                target == nil
                    ? "no split val was found; name labelled images that training does not see, to have them scored"
                    : "no labels of the target were found; a few tell whether adaptation helps"
            )
        }
        guard target != nil else { return (source, part, [], "\(part.count) labelled images of the source") }
        return (
            source, part, [],
            "no labels of the target were found: these are of the source, and do not tell whether adaptation helps"
        )
    }

    private func remark(_ part: DomainFinding.Part) -> String {
        part.split == .val
            ? "\(part.count) labelled images of the target"
            : "\(part.count) labelled images of the target; no split val was found, so that training sees them too, without labels"
    }

    /// Folders say which label space their files are of, where that is not the setting's.
    private func fileSpace(_ files: LabelSpace, of finding: DomainFinding) -> [String] {
        finding.kind == .folder && files.name != space?.name ? ["labelSpace: \(files.name)"] : []
    }

    private var scoredSpace: [String] {
        guard let finding = evaluation.finding, case .known(let files) = finding.labels, let space,
            (try? LabelProjection(from: files, to: space)) == nil
        else { return [] }
        return ["  labelSpace: \(files.name)"]
    }

    // MARK: Text

    var text: String {
        let method = target == nil ? ["small.yaml"] : ["small.yaml", "self-training.yaml"]
        let bases = method.map { DomainFinding.text("\(Self.baseFolder)/\($0)") }.joined(separator: ", ")
        let space = space.map(\.name) ?? "\(stem)-labels.yaml"
        var lines = [
            "# First setting, written by `causeway new`. Look before you train: `causeway check-data --config \(stem).yaml`, and",
            "# `causeway preview`. docs/configuration.md explains every key; what is not named here is in the bases.",
            "",
            "# A small network, for minutes on two cores; base/daformer-512.yaml is the published one.",
            "extends: [\(bases)]",
            "name: \(name)",
            "labelSpace: \(space)" + (ownContents.isEmpty ? "" : "   # rename its classes"),
            "",
        ]
        if target == nil { lines += ["method: source-only            # no target was given", ""] }
        lines += ["data:", "  # \(source.remark)"]
        lines += section("  source", source, training, resize: true, list: training?.listed == nil ? nil : "source")
        if let target, let part = target.training(labelled: false) {
            lines.append("  # \(target.remark); labels are not read here")
            lines += section("  target", target, part, resize: true, list: nil)
        }
        let crop = cropSide
        lines += [
            "  crop: {height: \(crop), width: \(crop)}   # of images as resized above; larger ones need more time and memory",
            "",
            "evaluation:",
        ]
        if target == nil { lines.append("  targetStatisticsImages: 0   # there are no target images") }
        lines.append("  # \(evaluation.remark)")
        if let finding = evaluation.finding, let part = evaluation.part {
            lines += scoredSpace
            lines += section(
                "  dataset", finding, part, resize: true, list: part.listed == nil ? nil : "evaluation",
                more: evaluation.keys)
        } else {
            lines.append("  dataset: null")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func section(
        _ key: String, _ finding: DomainFinding, _ part: DomainFinding.Part?, resize: Bool, list: String?,
        more: [String] = []
    ) -> [String] {
        let margin = String(repeating: " ", count: key.prefix { $0 == " " }.count + 2)
        var lines = ["\(key):   # \(part?.count ?? 0) images", "\(margin)kind: \(finding.kind.rawValue)"]
        lines.append("\(margin)root: \(DomainFinding.text(finding.root))")
        for entry in part?.keys ?? [] { lines.append("\(margin)\(entry.key): \(entry.value)") }
        if let list { lines.append("\(margin)list: \(DomainFinding.text("\(folder)/\(stem)-\(list).txt"))") }
        lines += more.map { margin + $0 }
        if resize {
            let size = Self.size(finding)
            lines.append(
                "\(margin)resize: {height: \(size.height), width: \(size.width)}   # of \(finding.size.width)x\(finding.size.height)"
            )
        }
        return lines
    }

    /// The box that images are fitted into: a short side of at most 256 pixels, and of at least 64.
    private static func size(_ finding: DomainFinding) -> (height: Int, width: Int) {
        let (height, width) = finding.size
        let short = min(height, width)
        let side = max(64, min(short, largestSide) / stride * stride)
        let long = (max(height, width) * side + short - 1) / short
        return height <= width ? (side, long) : (long, side)
    }

    private var cropSide: Int {
        let sides = ([source] + (target.map { [$0] } ?? [])).map { finding in
            let size = Self.size(finding)
            return min(size.height, size.width)
        }
        return max(Self.stride, (sides.min() ?? 64) / Self.stride * Self.stride)
    }

    /// Whether the settings to build on are there: not where the program was copied out of the repository.
    static var hasBases: Bool { FileManager.default.fileExists(atPath: "\(baseFolder)/small.yaml") }

    /// The settings to build on lie beside the label spaces of the repository.
    private static var baseFolder: String {
        let labels =
            LabelSpaceLibrary.standard.folders.first {
                FileManager.default.fileExists(atPath: "\($0)/../base/small.yaml")
            } ?? LabelSpaceLibrary.folderInRepository
        return FilePath.absolute("\(labels)/../base")
    }
}
