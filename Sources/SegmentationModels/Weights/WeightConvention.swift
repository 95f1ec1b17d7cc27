/// How a file names the tensors of an encoder. Heads keep their own names in all of them.
public enum WeightConvention: String, Sendable, CaseIterable {
    /// The SegFormer release, and mmsegmentation's checkpoints: `patch_embed1.proj.weight`, `block1.0.attn.kv.weight`.
    /// These are our own names too.
    case original
    /// What `save_pretrained` of Hugging Face transformers writes: `encoder.block.0.0.attention.self.key.weight`.
    case huggingFace = "hugging-face"
    /// The names transformers 5 has in memory, for files made from its `state_dict()`:
    /// `stages.0.blocks.0.attention.k_proj.weight`.
    case huggingFaceStages = "hugging-face-stages"

    /// A tensor that every file of the convention has, whatever the size of the encoder.
    var anchor: String {
        switch self {
        case .original: "patch_embed1.proj.weight"
        case .huggingFace: "encoder.patch_embeddings.0.proj.weight"
        case .huggingFaceStages: "stages.0.patch_embeddings.proj.weight"
        }
    }

    /// Epsilons of the program the names come from.
    var epsilons: LayerNormEpsilons {
        switch self {
        case .original: .original
        case .huggingFace, .huggingFaceStages: .huggingFace
        }
    }
}

/// The naming of one file: a convention, and what stands before the names.
public struct WeightsFormat: Sendable, Equatable {
    public var convention: WeightConvention
    /// Before the encoder's names, with its dot: `""`, `segformer.`, `backbone.`, ….
    public var encoderPrefix: String
    /// Before `decode_head.`, with its dot.
    public var headPrefix: String

    public init(_ convention: WeightConvention, encoderPrefix: String = "", headPrefix: String = "") {
        self.convention = convention
        self.encoderPrefix = encoderPrefix
        self.headPrefix = headPrefix
    }

    /// Our own names for a whole network.
    public static let network = WeightsFormat(.original, encoderPrefix: "backbone.")

    /// Prefixes tried first, in this order, where a file holds several networks (as a student beside its teacher).
    private static let preferredPrefixes = ["", "backbone.", "segformer.", "model.backbone.", "module.backbone."]
    /// A tensor of the head at one resolution, and at two.
    private static let headAnchors = ["", "head."].map { "decode_head.\($0)embed_layers.0.proj.weight" }

    /// Recognises the naming of a file; `nil` where there is no encoder we know.
    public static func detected(in names: [String]) -> WeightsFormat? {
        for convention in WeightConvention.allCases {
            guard let prefix = prefix(of: convention.anchor, in: names) else { continue }
            return WeightsFormat(
                convention, encoderPrefix: prefix, headPrefix: headPrefix(in: names, encoderPrefix: prefix))
        }
        return nil
    }

    /// What stands before `anchor` in the preferred, or else the first, name that ends with it.
    private static func prefix(of anchor: String, in names: [String]) -> String? {
        let prefixes = names.filter { $0 == anchor || $0.hasSuffix("." + anchor) }
            .map { String($0.dropLast(anchor.utf8.count)) }.sorted()
        return preferredPrefixes.first { prefixes.contains($0) } ?? prefixes.first
    }

    /// The head of the network whose encoder was chosen: `model.backbone.` goes with `model.decode_head.`.
    private static func headPrefix(in names: [String], encoderPrefix: String) -> String {
        if encoderPrefix.hasSuffix("backbone.") { return String(encoderPrefix.dropLast("backbone.".count)) }
        return headAnchors.lazy.compactMap { prefix(of: $0, in: names) }.first ?? ""
    }

    /// The names under which one of our tensors lies in the file: one, or several stacked along the first axis.
    ///
    /// - Parameter encoderPath: what stands before the encoder's names in our network.
    package func fileNames(of name: String, encoderPath: String) -> [String] {
        guard name.hasPrefix(encoderPath), !name.hasPrefix("decode_head.") else { return [headPrefix + name] }
        let inner = String(name.dropFirst(encoderPath.count))
        return MixTransformerNames.names(of: inner, in: convention).map { encoderPrefix + $0 }
    }
}
