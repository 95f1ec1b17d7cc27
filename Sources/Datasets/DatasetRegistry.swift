/// The data sets a configuration can name.
public enum DatasetKind: String, Sendable, Codable, CaseIterable {
    case cityscapes, gta, synthia, camvid, toytown
}

/// Opens data sets by kind.
public enum DatasetRegistry {
    /// Lists one split. Reads names only, no pixels.
    ///
    /// - Parameter root: the data set's folder; for Toytown the folder that holds its domains.
    public static func open(
        _ kind: DatasetKind, root: String, split: DatasetSplit, options: DatasetOptions = .init()
    ) throws(DatasetError) -> any SegmentationDataset {
        switch kind {
        case .cityscapes: return try CityscapesDataset(root: root, split: split, options: options)
        case .gta: return try GTADataset(root: root, split: split, options: options)
        case .synthia: return try SYNTHIADataset(root: root, split: split, options: options)
        case .camvid: return try CamVidDataset(root: root, split: split, options: options)
        case .toytown: return try openToytown(root: root, split: split, options: options)
        }
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
