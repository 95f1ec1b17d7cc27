internal import Basics
internal import Datasets
internal import FoundationEssentials
internal import ImageIO
internal import Toytown

/// What `causeway new` found in the folder of a domain.
struct DomainFinding {
    /// What label files hold.
    enum Labels {
        case none
        /// Those of a label space of `configs/labels`.
        case known(LabelSpace)
        case own(LabelContents)
    }

    /// Some images of the domain, as a data set of a setting.
    struct Part {
        let split: DatasetSplit?
        let isLabelled: Bool
        let count: Int
        /// Keys and values of the section, beside kind and root.
        let keys: [(key: String, value: String)]
        /// Images that a list must name, as only they have labels; nil where all do.
        var listed: [String]?
    }

    let root: String
    let kind: DatasetKind
    /// What a comment says of how it was recognised.
    let remark: String
    let parts: [Part]
    let labels: Labels
    /// Of the first image.
    let size: (height: Int, width: Int)

    /// Looks at a folder.
    ///
    /// - Parameter toytownDomain: which look of Toytown is taken, where the folder has them all.
    /// - Throws: when there are no images.
    init(_ folder: String, toytownDomain: ToytownDomain) throws {
        let root = FilePath.absolute(folder)
        self.root = root
        if let known = try Self.known(root, toytownDomain) {
            (kind, remark, parts, labels) = known.finding
            size = try Self.size(known.image)
            return
        }
        let guesses = try LayoutSearch(root).guesses()
        guard let first = guesses.first, let image = first.images.first else {
            throw CommandError(
                "\(folder): no images found in it; give a folder with files ending in .png, .jpg or .jpeg")
        }
        kind = .folder
        remark = Self.remark(guesses)
        parts = try Self.parts(guesses, root)
        labels = Self.labels(of: guesses)
        size = try Self.size(image)
    }

    private static func remark(_ guesses: [FolderGuess]) -> String {
        let remark =
            "a folder of a layout of its own; which files are images and labels is a guess from names and pixels"
        guard let guess = guesses.first(where: { !$0.otherLabels.isEmpty }) else { return remark }
        return remark + "; labels could as well be \(guess.otherLabels.joined(separator: " or ")): look which are meant"
    }

    private static func size(_ image: String) throws -> (height: Int, width: Int) {
        let header = try ImageCodec.header(ofFile: image).asImage
        return (header.height, header.width)
    }

    /// The part that training reads.
    func training(labelled: Bool) -> Part? {
        let fitting = parts.filter { $0.isLabelled || !labelled }
        return fitting.first { $0.split == .train } ?? fitting.first { $0.split == nil } ?? fitting.first
    }

    /// The labelled part that a score can be of, of another split than training where there is one.
    var scored: Part? {
        let labelled = parts.filter(\.isLabelled)
        return labelled.first { $0.split == .val } ?? labelled.first { $0.split == nil } ?? labelled.first
    }
}

// MARK: - Folders of one's own

extension DomainFinding {
    private static func parts(_ guesses: [FolderGuess], _ root: String) throws -> [Part] {
        var parts = guesses.map { guess in
            Part(
                split: guess.split, isLabelled: guess.isLabelled, count: guess.images.count,
                keys: keys(guess.layout, guess),
                listed: guess.isLabelled && (guess.isPartial || guess.unlabelledCount > 0) ? guess.images : nil)
        }
        // Lists tell splits apart where folders do not.
        guard guesses.count == 1, guesses[0].split == nil else { return parts }
        let guess = guesses[0]
        let stems = Set(
            guess.images.map { ImageFileName.imageStem(of: String($0.split(separator: "/").last ?? "")) ?? "" })
        let lists = try LayoutSearch(root).lists(for: stems)
        guard lists.contains(where: { $0.split == .train }) else { return parts }
        parts = []
        for split in [DatasetSplit.train, .val] {
            guard let list = lists.first(where: { $0.split == split }) else { continue }
            parts.append(
                Part(
                    split: split, isLabelled: guess.isLabelled, count: guess.images.count,
                    keys: keys(guess.layout, guess) + [("list", text(list.path))], listed: nil))
        }
        return parts
    }

    private static func keys(_ layout: FolderLayout, _ guess: FolderGuess) -> [(key: String, value: String)] {
        var keys = [("images", text(layout.images))]
        if let instances = layout.instances { keys.append(("instances", text(instances))) }
        if guess.isLabelled { keys.append(("labels", text(layout.labelFolder))) }
        keys.append(
            (
                "suffix",
                "{image: \(text(layout.imageSuffix))"
                    + (layout.labelSuffix.isEmpty ? "" : ", label: \(text(layout.labelSuffix))")
                    + (layout.instanceSuffix.isEmpty ? "" : ", instance: \(text(layout.instanceSuffix))") + "}"
            ))
        return keys
    }

    static func text(_ value: String) -> String {
        JSONText.quoted(value)  // which YAML reads as well
    }

    private static func labels(of guesses: [FolderGuess]) -> Labels {
        let labelled = guesses.filter(\.isLabelled)
        guard let first = labelled.first else { return .none }
        let contents = LabelContents(of: labelled.flatMap(\.labels), instances: labelled.flatMap(\.instances))
        let library = LabelSpaceLibrary.standard
        let names =
            contents.colors.isEmpty
            ? (first.layout.labelSuffix.hasSuffix("_labelIds.png") ? ["cityscapes19"] : [])
            : (contents.colors.count > 2 ? library.names : [])
        for name in names {
            if let space = try? library.space(name), contents.isKnown(to: space) { return .known(space) }
        }
        return .own(contents)
    }
}

// MARK: - Published data sets

extension DomainFinding {
    private struct Known {
        let finding: (DatasetKind, String, [Part], Labels)
        let image: String
    }

    private static func known(_ root: String, _ look: ToytownDomain) throws -> Known? {
        guard let (kind, domain) = kind(of: root, look) else { return nil }
        var parts: [Part] = []
        var labels: [String] = []
        var image: String?
        for split in [DatasetSplit.train, .val] {
            let options = DatasetOptions(domain: domain)
            let labelled = try? DatasetRegistry.open(kind, root: root, split: split, options: options)
            var unlabelled = options
            unlabelled.readsLabels = false
            guard
                let dataset = labelled
                    ?? (try? DatasetRegistry.open(kind, root: root, split: split, options: unlabelled))
            else { continue }
            image = image ?? dataset.samples.first?.imagePath
            labels += dataset.samples.compactMap(\.labelPath)
            var keys = split == .train ? [] : [("split", split.rawValue)]
            if let domain { keys.append(("domain", domain.rawValue)) }
            parts.append(Part(split: split, isLabelled: labelled != nil, count: dataset.count, keys: keys, listed: nil))
        }
        guard let image else { return nil }
        guard !labels.isEmpty else {
            return Known(finding: (kind, "looks like \(kind.rawValue)", parts, .none), image: image)
        }
        let space = try LabelSpaceLibrary.standard.space(kind == .camvid ? "camvid11" : "cityscapes19")
        // The layout of a published set with classes of one's own is somebody's own.
        let ids = labels.filter { !$0.hasSuffix("_labelTrainIds.png") }
        guard kind.hasNumbersOfItsOwn || ids.isEmpty || LabelContents(of: ids).isKnown(to: space) else { return nil }
        return Known(finding: (kind, "looks like \(kind.rawValue)", parts, .known(space)), image: image)
    }

    private static func kind(of root: String, _ look: ToytownDomain) -> (DatasetKind, ToytownDomain?)? {
        func isFolder(_ path: String) -> Bool { FileListing.isFolder("\(root)/\(path)") }
        func names(_ path: String) -> [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(path)")) ?? []).filter {
                !$0.hasPrefix(".")
            }
        }
        if isFolder("leftImg8bit_foggy") { return (.foggyCityscapes, nil) }
        if isFolder("training/images"), ["training/panoptic", "training/v1.2/panoptic"].contains(where: isFolder) {
            return (.mapillary, nil)
        }
        if isFolder("leftImg8bit") && isFolder("gtFine") || isFolder("leftImg8bit/train") { return (.cityscapes, nil) }
        if isFolder("\(look.rawValue)/leftImg8bit") { return (.toytown, look) }
        if isFolder("rgb_anon/train") { return (.darkZurich, nil) }
        if isFolder("rgb_anon/fog") || isFolder("rgb_anon/night") { return (.acdc, nil) }
        if isFolder("RGB") && isFolder("GT/LABELS") { return (.synthia, nil) }
        if isFolder("rgb") && isFolder("ss") && isFolder("panoptic") { return (.urbanSyn, nil) }
        if isFolder("img/rgb") && isFolder("img/class") { return (.synscapes, nil) }
        if isFolder("data_2d_raw") && isFolder("data_2d_semantics") { return (.kitti360, nil) }
        let frames = names("train/images")
        if FileManager.default.fileExists(atPath: "\(root)/train.txt"), !frames.isEmpty,
            frames.allSatisfy({ name in ["0001TP_", "0006R0_", "0016E5_", "Seq05VD_"].contains(where: name.hasPrefix) })
        {
            return (.camvid, nil)
        }
        let images = names("images")
        if isFolder("labels"), !images.isEmpty,
            images.allSatisfy({ $0.count == 9 && $0.hasSuffix(".png") && $0.prefix(5).allSatisfy(\.isNumber) })
        {
            return (.gta, nil)
        }
        return nil
    }
}
