/// How thick the fog of Foggy Cityscapes is: the attenuation coefficient, per metre. The visible range is about 3 /
/// beta.
public enum FogDensity: String, Sendable, Codable, CaseIterable {
    /// 600 m.
    case light = "0.005"
    /// 300 m.
    case medium = "0.01"
    /// 150 m: what adaptation from clear weather is measured on.
    case dense = "0.02"
}

/// Foggy Cityscapes (Sakaridis et al., IJCV 2018): the images of Cityscapes with fog added, in three densities, of
/// which one is read; labels are those of Cityscapes.
///
///     leftImg8bit_foggy/<split>/<city>/<stem>_leftImg8bit_foggy_beta_0.02.png
///     gtFine/<split>/<city>/… as Cityscapes
public struct FoggyCityscapesDataset: FileDataset {
    /// Of each density.
    public static let facts = PublishedFacts(
        title: "Foggy Cityscapes", counts: CityscapesDataset.facts.counts, height: 1024, width: 2048)

    public let name: String
    public let samples: [SegmentationSample]
    public let findings: ListingFindings
    private let labelFiles: LabelFiles

    /// - Throws: see `PairedFolders`.
    public init(root: String, split: DatasetSplit, options: DatasetOptions = .init()) throws(DatasetError) {
        let density = options.fogDensity ?? .dense
        name = "foggy-cityscapes-\(density.rawValue)/\(split.rawValue)"
        labelFiles = try LabelFiles(native: "cityscapes19", options, root: root)
        var findings = ListingFindings(options)
        var folders = PairedFolders(
            images: "\(root)/leftImg8bit_foggy/\(split.rawValue)", labels: "\(root)/gtFine/\(split.rawValue)",
            imageMarker: Self.marker(density), labelMarkers: CityscapesLabelFile.markers(prefix: "_gtFine"),
            instanceMarker: "_gtFine_instanceIds",
            remedy:
                "unpack leftImg8bit_trainvaltest_foggy.zip and gtFine_trainvaltest.zip into the root, which must hold "
                + "leftImg8bit_foggy and gtFine; images of beta \(density.rawValue) are read, see the key beta")
        folders.otherMarkers = FogDensity.allCases.filter { $0 != density }.map(Self.marker)
        samples = try folders.samples(readsLabels: options.readsLabels, findings: &findings)
        self.findings = findings
    }

    private static func marker(_ density: FogDensity) -> String { "_leftImg8bit_foggy_beta_\(density.rawValue)" }

    public var labelSpace: LabelSpace { labelFiles.labelSpace }

    public func labelEncoding(of path: String) -> LabelEncoding { labelFiles.encoding(of: path) }
}
