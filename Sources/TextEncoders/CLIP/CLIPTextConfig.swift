internal import Basics
internal import FoundationEssentials
public import WeightFiles

/// Sizes and choices of a CLIP text tower.
public struct CLIPTextConfig: Sendable, Equatable {
    /// What the layers of a block have between them.
    public enum Activation: String, Sendable, CaseIterable {
        /// `x * sigmoid(1.702 x)`: all weights that OpenAI has published.
        case quickGELU = "quick_gelu"
        /// The exact Gaussian error linear unit: some later trainings.
        case gelu
    }

    /// Which token a text's vector is taken from.
    public enum Pooling: Sendable, Equatable {
        /// The first place of the largest id in the text, which is end-of-text in every CLIP vocabulary.
        case largestID
        /// The first place of this id.
        case token(Int32)
    }

    public var vocabularySize: Int
    /// Places for tokens, start and end included.
    public var contextLength: Int
    public var width: Int
    public var layers: Int
    public var heads: Int
    /// Width between the two layers of each block's perceptron.
    public var hiddenWidth: Int
    /// Width of the space shared with images; nil for a tower saved without its projection.
    public var projection: Int?
    public var activation = Activation.quickGELU
    public var pooling = Pooling.largestID
    public var layerNormEpsilon: Float = 1e-5

    /// The tower of ViT-B/32 (and B/16).
    public static let vitB32 = CLIPTextConfig(
        vocabularySize: 49408, contextLength: 77, width: 512, layers: 12, heads: 8, hiddenWidth: 2048, projection: 512)
    /// The tower of ViT-L/14.
    public static let vitL14 = CLIPTextConfig(
        vocabularySize: 49408, contextLength: 77, width: 768, layers: 12, heads: 12, hiddenWidth: 3072, projection: 768)

    /// Width of a head in every published tower.
    private static let publishedHeadWidth = 64
    /// Bounds on sizes read from files, before a tower of these sizes is made.
    private static let (mostTokens, widest) = (1 << 20, 1 << 14)
}

// MARK: - Sizes of a file

extension CLIPTextConfig {
    /// The sizes that a weights file's shapes tell, and what `config.json` beside it says of the rest.
    ///
    /// Without a `config.json`: heads of width 64, QuickGELU, epsilon 1e-5, pooled at the largest id. Its end-of-text
    /// id is ignored where it is 2, a mistake in configurations of the time before transformers 4.31.
    ///
    /// - Throws: `WeightsError` where tensors are missing, shapes do not fit each other, or `config.json` asks for
    ///   something that is unknown.
    public init(fitting file: any TensorFile) throws(WeightsError) {
        let names = CLIPTextNames(file.names)
        let tokens = try Self.shape(file, names.tokenEmbedding, rank: 2)
        let positions = try Self.shape(file, names.positionEmbedding, rank: 2)
        let hidden = try Self.shape(file, "\(names.prefix)encoder.layers.0.mlp.fc1.weight", rank: 2)
        (vocabularySize, width) = (tokens[0], tokens[1])
        contextLength = positions[0]
        hiddenWidth = hidden[0]
        layers = (0...).first { !file.contains("\(names.prefix)encoder.layers.\($0).mlp.fc1.weight") } ?? 0
        projection = file.contains(names.projection) ? try Self.shape(file, names.projection, rank: 2)[0] : nil
        heads = max(1, width / Self.publishedHeadWidth)
        let settings = try CLIPConfigFile.beside(file.path)
        try apply(settings, file)
        let isKnown = settings?.num_attention_heads != nil || width == heads * Self.publishedHeadWidth
        guard isKnown, width.isMultiple(of: heads) else {
            throw WeightsError(
                .wrongShape, file: file.path, tensor: names.tokenEmbedding,
                "has width \(width), which does not tell the number of heads; put the right config.json beside it")
        }
    }

    private mutating func apply(_ settings: CLIPConfigFile?, _ file: any TensorFile) throws(WeightsError) {
        guard let settings else { return }
        if let name = settings.hidden_act {
            guard let known = Activation(rawValue: name) else {
                throw WeightsError(
                    .unknownFormat, file: CLIPConfigFile.path(beside: file.path),
                    "asks for the activation '\(name)'; known are "
                        + Activation.allCases.map(\.rawValue).joined(separator: " and "))
            }
            activation = known
        }
        if let heads = settings.num_attention_heads { self.heads = max(1, heads) }
        if let epsilon = settings.layer_norm_eps { layerNormEpsilon = epsilon }
        if let id = settings.eos_token_id, id != 2 { pooling = .token(id) }
    }

    private static func shape(_ file: any TensorFile, _ name: String, rank: Int) throws(WeightsError) -> [Int] {
        let shape = try file.entry(name).shape
        guard shape.count == rank, (1...mostTokens).contains(shape[0]), (1...widest).contains(shape[rank - 1]) else {
            throw WeightsError(
                .wrongShape, file: file.path, tensor: name, "has shape \(shape), which no text tower of CLIP has")
        }
        return shape
    }
}

/// The parts of transformers' `config.json` that shapes do not tell.
struct CLIPConfigFile: Decodable {
    // Named as in the file.
    let hidden_act: String?
    let num_attention_heads: Int?
    let layer_norm_eps: Float?
    let eos_token_id: Int32?

    private enum Key: CodingKey {
        case text_config, hidden_act, num_attention_heads, layer_norm_eps, eos_token_id
    }

    /// Reads the file of a text tower, or the part about text in that of a whole model.
    init(from decoder: any Decoder) throws {
        var values = try decoder.container(keyedBy: Key.self)
        if values.contains(.text_config) {
            values = try values.nestedContainer(keyedBy: Key.self, forKey: .text_config)
        }
        hidden_act = try values.decodeIfPresent(String.self, forKey: .hidden_act)
        num_attention_heads = try values.decodeIfPresent(Int.self, forKey: .num_attention_heads)
        layer_norm_eps = try values.decodeIfPresent(Float.self, forKey: .layer_norm_eps)
        eos_token_id = try values.decodeIfPresent(Int32.self, forKey: .eos_token_id)
    }

    static func path(beside weights: String) -> String {
        FilePath.beside(weights, "config.json")
    }

    /// nil where there is none.
    static func beside(_ weights: String) throws(WeightsError) -> CLIPConfigFile? {
        let path = path(beside: weights)
        guard let data = RegularFile.contents(of: path).map({ Data($0) }) else { return nil }
        do {
            return try JSONDecoder().decode(CLIPConfigFile.self, from: data)
        } catch {
            throw WeightsError(
                .malformed, file: path, "is not the configuration of a CLIP model; take it away or copy it again")
        }
    }
}
