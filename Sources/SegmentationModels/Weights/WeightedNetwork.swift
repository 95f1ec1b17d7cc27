public import NN

/// A network whose weights are read from files of several programs and written for them.
public protocol WeightedNetwork: Module {
    /// Its components with the names they have in files. Files are recognised by the first.
    var weightParts: [WeightPart] { get }
    /// Children that only training has: they are neither looked for in files nor written.
    var trainingOnlyChildren: [String] { get }
    /// What its layer norms add to the variance; nil where all programs add the same, which then cannot be
    /// changed, and where there are no layer norms.
    var epsilons: LayerNormEpsilons? { get set }
}

extension WeightedNetwork {
    public var trainingOnlyChildren: [String] { [] }

    /// Whether a tensor of the network, by its name here, is one that files have.
    func isInFiles(_ name: String) -> Bool { !trainingOnlyChildren.contains { name.hasPrefix("\($0).") } }

    public var epsilons: LayerNormEpsilons? {
        get { nil }
        set { precondition(newValue == nil, "WeightedNetwork: there are no layer norms to set an epsilon of") }
    }
}

/// A component of a network.
public struct WeightPart: Sendable {
    /// What stands before its names in the network's own, with its dot; `""` where it is the network.
    public let path: String
    /// Our own first.
    public let names: [WeightNames]

    /// The layer whose rows are the classes, from the component; nil where a file must have as many classes. A trained
    /// network that is gone on from may have others: then the layer is drawn.
    let classifier: String?

    /// - Parameter classifier: as the property.
    public init(path: String, names: [WeightNames], classifier: String? = nil) {
        self.classifier = classifier
        precondition(!names.isEmpty, "WeightPart: the component at '\(path)' has no names in files")
        self.path = path
        self.names = names
    }

    /// Those of a convention; where the component has none of it, those of another version of transformers, or our own,
    /// as heads have that one program alone knows.
    func names(of convention: WeightConvention) -> WeightNames {
        names.first { $0.convention == convention }
            ?? names.first { convention.isOfTransformers && $0.convention.isOfTransformers } ?? names[0]
    }

    /// What stands before its tensors in files of these names, behind what stands before the network.
    func place(of names: WeightNames) -> String { names.isFromRoot ? "" : path }

    /// Whether a tensor of the network, by its name here, has a row for each class.
    func isOfClasses(_ name: String) -> Bool { classifier.map { name.hasPrefix("\(path)\($0).") } ?? false }

    /// Tensors that tell that a network's file has the component, one for each of its namings.
    var anchors: [String] { names.map { place(of: $0) + $0.anchor } }
}
