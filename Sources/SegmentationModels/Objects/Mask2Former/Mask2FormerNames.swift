/// Names of the decoder's tensors, from `sem_seg_head`. Our own are those of the authors' code; those of Hugging Face
/// transformers are the same in all versions, from the root of the network, as what classifies lies outside of the
/// rest.
enum Mask2FormerNames {
    /// A tensor that every decoder has.
    private static let anchor = "predictor.query_embed.weight"

    static let tables = [
        WeightNames.own(anchor: anchor, formerly: [queries: "predictor.static_query.weight"]),
        WeightNames(
            .huggingFace, anchor: transformersName(anchor), isFromRoot: true, derived: ["criterion.empty_weight"],
            sources: { name in sources(of: name).map { WeightSource($0) } }),
    ]

    /// What early files of the authors call otherwise.
    private static let queries = "predictor.query_feat.weight"

    /// The tensors of a file that one of ours is made of: projections of self-attention lie apart.
    private static func sources(of name: String) -> [String] {
        let file = transformersName(name)
        for kind in ["weight", "bias"] where file.hasSuffix(".self_attn.in_proj_\(kind)") {
            let attention = file.dropLast("in_proj_\(kind)".utf8.count)
            return ["q_proj", "k_proj", "v_proj"].map { "\(attention)\($0).\(kind)" }
        }
        return [file]
    }

    private static func transformersName(_ name: String) -> String {
        var parts = name.split(separator: ".").map(String.init)
        switch parts.removeFirst() {
        case Mask2Former.pixelDecoderName: return "model.pixel_level_module.decoder.\(pixelDecoderName(parts))"
        case _ where parts.first == "class_embed": return "class_predictor.\(parts.last ?? "")"
        default: return "model.transformer_module.\(transformerName(parts))"
        }
    }

    /// - Parameter parts: of our name, from the pixel decoder.
    private static func pixelDecoderName(_ parts: [String]) -> String {
        let last = parts[parts.count - 1]
        switch parts[0] {
        case "input_proj": return (["input_projections"] + parts.dropFirst()).joined(separator: ".")
        case "transformer" where parts.count == 2: return last
        case "transformer":
            // transformer.encoder.layers.0.norm1.weight
            let layer = parts[1...3].joined(separator: ".")
            let module = parts[4] == "self_attn" ? "self_attn.\(parts[5])" : layerModules[parts[4]] ?? parts[4]
            return "\(layer).\(module).\(last)"
        case "mask_features": return "mask_projection.\(last)"
        default: return "\(parts[0]).\(parts[1] == "norm" ? 1 : 0).\(last)"
        }
    }

    private static let layerModules = [
        "norm1": "self_attn_layer_norm", "linear1": "fc1", "linear2": "fc2", "norm2": "final_layer_norm",
    ]

    /// - Parameter parts: of our name, from the transformer decoder.
    private static func transformerName(_ parts: [String]) -> String {
        let last = parts[parts.count - 1]
        switch parts[0] {
        case "query_feat": return "queries_features.\(last)"
        case "query_embed": return "queries_embedder.\(last)"
        case "level_embed": return "level_embed.\(last)"
        case "decoder_norm": return "decoder.layernorm.\(last)"
        case "mask_embed": return "decoder.mask_predictor.mask_embedder.\(parts[2]).0.\(last)"
        default:
            guard let (attention, norm) = lists[parts[0]] else { return parts.joined(separator: ".") }
            let rest = parts.dropFirst(2)
            let module = rest.first ?? ""
            let inner =
                module == "norm"
                ? [norm]
                : attention.map { [$0] + rest.dropFirst().dropLast() }
                    ?? [layerModules[module] ?? module]
            return (["decoder.layers", parts[1]] + inner + [last]).joined(separator: ".")
        }
    }

    /// The authors' lists of parts of layers: what transformers call the attention and the norm.
    private static let lists: [String: (attention: String?, norm: String)] = [
        "transformer_cross_attention_layers": ("cross_attn", "cross_attn_layer_norm"),
        "transformer_self_attention_layers": ("self_attn", "self_attn_layer_norm"),
        "transformer_ffn_layers": (nil, "final_layer_norm"),
    ]
}
