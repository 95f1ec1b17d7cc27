internal import WeightFiles

/// Whose names the tensors of a file carry. A component may bring one of its own; the common ones stand here.
public struct WeightConvention: RawRepresentable, Sendable, Hashable {
    /// As reports and command lines name it.
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// The release of the paper's authors, such as SegFormer's, and what follows it: DAFormer, HRDA, MIC. Our own names
    /// are these.
    public static let original = WeightConvention(rawValue: "original")
    /// What `save_pretrained` of Hugging Face transformers writes.
    public static let huggingFace = WeightConvention(rawValue: "hugging-face")
    /// The names transformers 5 has in memory, for files made from its `state_dict()`.
    public static let huggingFaceStages = WeightConvention(rawValue: "hugging-face-stages")
    /// Those of mmsegmentation's own modules, in 0.x and 1.x.
    public static let mmsegmentation = WeightConvention(rawValue: "mmsegmentation")

    // What transformers has around the encoder's layers where it is not `.huggingFace`.
    /// `swin.encoder.layers`, as in files of classifiers.
    static let huggingFaceSwin = WeightConvention(rawValue: "hugging-face-swin")
    /// `model.encoder.layers`, as in files of MaskFormer and the earliest ones of Mask2Former.
    static let huggingFaceMaskFormer = WeightConvention(rawValue: "hugging-face-maskformer")
    /// The names in memory, of an encoder that nothing is around.
    static let huggingFaceBare = WeightConvention(rawValue: "hugging-face-bare")

    /// Whether it is one of those of transformers, which differ between components and versions.
    var isOfTransformers: Bool { rawValue.hasPrefix(Self.huggingFace.rawValue) }
}

/// How the files of one convention name the tensors of a component.
public struct WeightNames: Sendable {
    public let convention: WeightConvention
    /// A tensor that every file of the convention has, whatever the size of the component, from its root.
    let anchor: String
    /// Another one, where files of other conventions have the anchor too.
    let companion: String?
    /// What some files of the convention are without; nil where they all have everything.
    let absent: AbsentTensors?
    /// Ends of the names of tensors that files have and sizes alone tell.
    let derived: [String]
    /// What layer norms add in the program the names come from; nil where there are none, or they are the same in all.
    let epsilons: LayerNormEpsilons?
    /// Whether we write files with these names.
    let isWritten: Bool
    /// Whether the names are those from the root of the network, not from the component: its tensors then lie in places
    /// of their own.
    let isFromRoot: Bool
    /// The tensors of a file, or parts of them, that one of ours is made of: several are stacked along the first axis.
    let sources: @Sendable (_ name: String) -> [WeightSource]

    init(
        _ convention: WeightConvention, anchor: String, companion: String? = nil, epsilons: LayerNormEpsilons? = nil,
        isWritten: Bool = true, isFromRoot: Bool = false, absent: AbsentTensors? = nil, derived: [String] = [],
        sources: @escaping @Sendable (_ name: String) -> [WeightSource]
    ) {
        self.isFromRoot = isFromRoot
        self.convention = convention
        self.anchor = anchor
        self.companion = companion
        self.absent = absent
        self.derived = derived
        self.epsilons = epsilons
        self.isWritten = isWritten
        self.sources = sources
    }

    /// Our own names, unchanged: those of the component's authors.
    ///
    /// - Parameters:
    ///   - flatMaps: weights of linear layers that read maps laid flat, and the sizes of these maps.
    ///   - formerly: other names that the authors' early files have for some.
    public static func own(
        anchor: String, epsilons: LayerNormEpsilons? = nil, flatMaps: [String: FlatMap] = [:],
        formerly: [String: String] = [:]
    ) -> WeightNames {
        WeightNames(.original, anchor: anchor, epsilons: epsilons) {
            [WeightSource($0, flatMap: flatMaps[$0], formerName: formerly[$0])]
        }
    }

    /// Names of a convention whose files have one tensor for each of ours.
    ///
    /// - Parameter rename: our name from the component's root, `layers.0.norm.weight`, to that of the file.
    public static func renamed(
        _ convention: WeightConvention, anchor: String, epsilons: LayerNormEpsilons? = nil,
        rename: @escaping @Sendable (_ name: String) -> String
    ) -> WeightNames {
        WeightNames(convention, anchor: anchor, epsilons: epsilons) { [WeightSource(rename($0))] }
    }

    /// Those of a component that has this one below `path`, which ends with a dot; its other tensors keep their names.
    func below(_ path: String) -> WeightNames {
        let inner = sources
        return WeightNames(
            convention, anchor: path + anchor, companion: companion.map { path + $0 }, epsilons: epsilons,
            isWritten: isWritten, isFromRoot: isFromRoot, absent: absent?.below(path), derived: derived
        ) { name in
            guard name.hasPrefix(path) else { return [WeightSource(name)] }
            return inner(String(name.dropFirst(path.utf8.count))).map { $0.below(path) }
        }
    }
}

/// Tensors of a component that files of one kind are without, as those of a network with another task. They keep their
/// first values.
struct AbsentTensors: Sendable {
    /// A tensor that files of this kind have, from the component's root.
    let marker: String
    /// Of our names, from the component's root.
    let contains: @Sendable (_ name: String) -> Bool

    /// Of a component that has this one below `path`, which ends with a dot.
    func below(_ path: String) -> AbsentTensors {
        AbsentTensors(marker: path + marker) { [contains] name in
            name.hasPrefix(path) && contains(String(name.dropFirst(path.utf8.count)))
        }
    }
}

/// A tensor of a file, or a part of its rows.
struct WeightSource: Equatable {
    /// `count` parts from part `first`, of `of` in all.
    typealias Part = (first: Int, count: Int, of: Int)

    let name: String
    let part: Part
    /// The map that each row of the tensor is for; nil where rows are not of maps.
    let flatMap: FlatMap?
    /// Whether rows are for windows of 2x2 cells that PyTorch's `unfold` laid flat, channel by channel; here cells
    /// stand one after another, column by column, as in Swin's first code.
    let isUnfolded: Bool
    /// What early files of the convention call it; nil where all agree.
    let formerName: String?

    init(
        _ name: String, _ part: Part = (0, 1, 1), flatMap: FlatMap? = nil, isUnfolded: Bool = false,
        formerName: String? = nil
    ) {
        self.isUnfolded = isUnfolded
        self.name = name
        self.part = part
        self.flatMap = flatMap
        self.formerName = formerName
    }

    /// Of a component that has this one's below `path`, which ends with a dot.
    func below(_ path: String) -> WeightSource {
        WeightSource(
            path + name, part, flatMap: flatMap, isUnfolded: isUnfolded, formerName: formerName.map { path + $0 })
    }

    /// Under the name that a file has for it.
    func named(asIn file: any TensorFile) -> WeightSource {
        guard let formerName, !file.contains(name), file.contains(formerName) else { return self }
        return WeightSource(formerName, part, flatMap: flatMap, isUnfolded: isUnfolded)
    }

    /// The elements of the part.
    func elements(of entry: TensorEntry) -> Range<Int> {
        let one = entry.elementCount / part.of
        return part.first * one..<(part.first + part.count) * one
    }

    static func == (first: WeightSource, second: WeightSource) -> Bool {
        first.name == second.name && first.part == second.part && first.flatMap == second.flatMap
            && first.isUnfolded == second.isUnfolded
    }
}

/// The size of a map `[height, width, channels]` that a linear layer reads as one row: other frameworks lay it out as
/// `[channels, height, width]`.
public struct FlatMap: Sendable, Equatable {
    public var height: Int
    public var width: Int
    public var channels: Int

    public init(height: Int, width: Int, channels: Int) {
        (self.height, self.width, self.channels) = (height, width, channels)
    }
}
