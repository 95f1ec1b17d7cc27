/// What part of a data set to open, and what for.
public struct DatasetOptions: Sendable, Equatable {
    /// Whether label files are used. Adaptation opens its target without them, so they need not exist.
    public var readsLabels: Bool
    /// The classes that labels are delivered in; nil for those of the files.
    public var labelSpace: LabelSpace?
    /// The classes and numbers of the label files; nil for those that the data set is published with.
    public var fileLabelSpace: LabelSpace?
    /// Toytown only: which domain's folder to open.
    public var domain: ToytownDomain?
    /// ACDC and Dark Zurich only: which images to open; empty for those that the data set is known for.
    public var conditions: [CaptureCondition]
    /// Foggy Cityscapes only: which fog; nil for the densest.
    public var fogDensity: FogDensity?
    /// Folders only: where its files lie.
    public var layout: FolderLayout?
    /// Data sets that are published as training images alone: how many of them are `val`.
    public var heldOut: Int?
    /// Images without a label and labels without an image are left out and told by `problems`, instead of ending the
    /// opening: for checks of a whole data set.
    public var leavesOutIncompletePairs: Bool

    public init(
        readsLabels: Bool = true, labelSpace: LabelSpace? = nil, fileLabelSpace: LabelSpace? = nil,
        domain: ToytownDomain? = nil, conditions: [CaptureCondition] = [],
        fogDensity: FogDensity? = nil, layout: FolderLayout? = nil, heldOut: Int? = nil,
        leavesOutIncompletePairs: Bool = false
    ) {
        self.readsLabels = readsLabels
        self.labelSpace = labelSpace
        self.fileLabelSpace = fileLabelSpace
        self.domain = domain
        self.conditions = conditions
        self.fogDensity = fogDensity
        self.layout = layout
        self.heldOut = heldOut
        self.leavesOutIncompletePairs = leavesOutIncompletePairs
    }

    /// The conditions to read: those named, each once and in the data set's order, or its own choice.
    func conditions(of facts: PublishedFacts) -> [CaptureCondition] {
        conditions.isEmpty ? facts.defaultConditions : CaptureCondition.allCases.filter(conditions.contains)
    }
}

/// The splits that data sets on disk are divided in.
public enum DatasetSplit: String, Sendable, Codable, CaseIterable {
    case train, val, test
}
