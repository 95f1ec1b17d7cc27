/// The data sets a configuration can name.
public enum DatasetKind: String, Sendable, Codable, CaseIterable {
    case cityscapes
    case foggyCityscapes = "foggy-cityscapes"
    case gta, synthia, mapillary, acdc
    case urbanSyn = "urbansyn"
    case synscapes
    case kitti360 = "kitti-360"
    case darkZurich = "dark-zurich"
    case camvid, toytown
    /// Somebody's own, of a layout that its keys describe.
    case folder

    /// What is published about it; nil where there is nothing to compare a copy with.
    public var facts: PublishedFacts? {
        switch self {
        case .cityscapes: CityscapesDataset.facts
        case .foggyCityscapes: FoggyCityscapesDataset.facts
        case .gta: GTADataset.facts
        case .mapillary: MapillaryDataset.facts
        case .synthia: SYNTHIADataset.facts
        case .urbanSyn: UrbanSynDataset.facts
        case .synscapes: SynscapesDataset.facts
        case .kitti360: KITTI360Dataset.facts
        case .acdc: ACDCDataset.facts
        case .darkZurich: DarkZurichDataset.facts
        case .camvid, .toytown, .folder: nil
        }
    }

    /// Whether its label files have other numbers than those of Cityscapes.
    public var hasNumbersOfItsOwn: Bool {
        switch self {
        case .synthia, .mapillary, .urbanSyn, .kitti360: true
        default: false
        }
    }

    /// Whether it is published as training images alone, of which some can be kept apart (`heldOut`).
    public var canHoldOut: Bool {
        switch self {
        case .gta, .synthia, .urbanSyn, .synscapes: true
        default: false
        }
    }

    /// Conditions that its images can be chosen by.
    public var conditions: [CaptureCondition] {
        let known = Set(facts?.counts.compactMap(\.condition) ?? [])
        return CaptureCondition.allCases.filter(known.contains)
    }
}

/// Opens data sets by kind.
public enum DatasetRegistry {
    /// Lists one split. Reads names only, no pixels.
    ///
    /// - Parameter root: the data set's folder; for Toytown the folder that holds its domains.
    /// - Throws: `unsupportedOption` for conditions that the data set does not have, `missingLabel` for labels that are
    ///   not public, and what the data set throws.
    public static func open(
        _ kind: DatasetKind, root: String, split: DatasetSplit, options: DatasetOptions = .init()
    ) throws(DatasetError) -> any SegmentationDataset {
        try requireConditions(kind, root, options)
        guard options.fogDensity == nil || kind == .foggyCityscapes else {
            throw DatasetError(
                .unsupportedOption,
                "\(root): \(kind.rawValue) has no fog to choose; remove beta, or use foggy-cityscapes")
        }
        guard options.heldOut == nil || kind.canHoldOut else {
            throw DatasetError(
                .unsupportedOption,
                "\(root): \(kind.rawValue) has splits of its own; remove heldOut, or name the images of a split in a list"
            )
        }
        try requirePublicLabels(kind, root, split, options)
        switch kind {
        case .cityscapes: return try CityscapesDataset(root: root, split: split, options: options)
        case .foggyCityscapes: return try FoggyCityscapesDataset(root: root, split: split, options: options)
        case .mapillary: return try MapillaryDataset(root: root, split: split, options: options)
        case .gta: return try GTADataset(root: root, split: split, options: options)
        case .synthia: return try SYNTHIADataset(root: root, split: split, options: options)
        case .urbanSyn: return try UrbanSynDataset(root: root, split: split, options: options)
        case .synscapes: return try SynscapesDataset(root: root, split: split, options: options)
        case .kitti360: return try KITTI360Dataset(root: root, split: split, options: options)
        case .acdc: return try ACDCDataset(root: root, split: split, options: options)
        case .darkZurich: return try DarkZurichDataset(root: root, split: split, options: options)
        case .camvid: return try CamVidDataset(root: root, split: split, options: options)
        case .folder: return try FolderDataset(root: root, split: split, options: options)
        case .toytown: return try openToytown(root: root, split: split, options: options)
        }
    }

    private static func requireConditions(
        _ kind: DatasetKind, _ root: String, _ options: DatasetOptions
    ) throws(DatasetError) {
        guard let wrong = options.conditions.first(where: { !kind.conditions.contains($0) }) else { return }
        let known = kind.conditions.map(\.rawValue).joined(separator: ", ")
        throw DatasetError(
            .unsupportedOption,
            "\(root): \(kind.rawValue) has no condition \(wrong.rawValue); "
                + (known.isEmpty ? "leave conditions empty" : "use some of \(known)"))
    }

    private static func requirePublicLabels(
        _ kind: DatasetKind, _ root: String, _ split: DatasetSplit, _ options: DatasetOptions
    ) throws(DatasetError) {
        guard options.readsLabels, let facts = kind.facts, facts.withheldLabels.contains(split) else { return }
        throw DatasetError(
            .missingLabel,
            "\(root): the labels of \(facts.title)'s split \(split.rawValue) are not public; score on val, or hand "
                + "predictions of test to its server (causeway make-submission)")
    }

    private static func openToytown(
        root: String, split: DatasetSplit, options: DatasetOptions
    ) throws(DatasetError) -> CityscapesDataset {
        guard let domain = options.domain else {
            let known = ToytownDomain.allCases.map(\.rawValue).joined(separator: ", ")
            throw DatasetError(.unsupportedOption, "\(root): Toytown needs a domain; set it to one of \(known)")
        }
        return try CityscapesDataset(
            root: "\(root)/\(domain.rawValue)", split: split, options: options, name: "toytown/\(domain.rawValue)")
    }
}
