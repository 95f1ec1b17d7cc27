/// What part of a data set to open, and what for.
public struct DatasetOptions: Sendable, Codable, Equatable {
    /// Whether label files are used. Adaptation opens its target without them, so they need not exist.
    public var readsLabels: Bool
    /// The classes labels are delivered in.
    public var labelSpace: LabelSpaceKind
    /// Toytown only: which domain's folder to open.
    public var domain: ToytownDomain?

    public init(
        readsLabels: Bool = true, labelSpace: LabelSpaceKind = .cityscapes19, domain: ToytownDomain? = nil
    ) {
        self.readsLabels = readsLabels
        self.labelSpace = labelSpace
        self.domain = domain
    }
}

/// The splits that data sets on disk are divided in.
public enum DatasetSplit: String, Sendable, Codable, CaseIterable {
    case train, val, test
}
