/// Names of the encoder's tensors in each convention. Our own are the original ones.
enum MixTransformerNames {
    /// Modules of a block. Keys and values are one tensor here and in the original, two in Hugging Face.
    private static let blockModules: [(original: String, huggingFace: [String], stages: [String])] = [
        ("norm1", ["layer_norm_1"], ["layernorm_before"]),
        ("norm2", ["layer_norm_2"], ["layernorm_after"]),
        ("attn.q", ["attention.self.query"], ["attention.q_proj"]),
        ("attn.kv", ["attention.self.key", "attention.self.value"], ["attention.k_proj", "attention.v_proj"]),
        ("attn.sr", ["attention.self.sr"], ["attention.sequence_reduction.sequence_reduction"]),
        ("attn.norm", ["attention.self.layer_norm"], ["attention.sequence_reduction.layer_norm"]),
        ("attn.proj", ["attention.output.dense"], ["attention.o_proj"]),
        ("mlp.fc1", ["mlp.dense1"], ["mlp.fc1"]),
        ("mlp.dwconv.dwconv", ["mlp.dwconv.dwconv"], ["mlp.dwconv.dwconv"]),
        ("mlp.fc2", ["mlp.dense2"], ["mlp.fc2"]),
    ]

    /// The names in a file of one of our tensors, several where the file splits it along the first axis.
    ///
    /// - Parameter name: such as `block1.0.attn.kv.weight`, from the encoder's root.
    static func names(of name: String, in convention: WeightConvention) -> [String] {
        guard convention != .original else { return [name] }
        let parts = name.split(separator: ".").map(String.init)
        guard let first = parts.first, let kind = parts.last, let number = first.last?.wholeNumberValue
        else { return [name] }
        let stage = number - 1
        let inStages = convention == .huggingFaceStages
        switch first.dropLast() {
        case "patch_embed":
            let module = parts[1] == "norm" ? "layer_norm" : parts[1]
            return [
                inStages
                    ? "stages.\(stage).patch_embeddings.\(module).\(kind)"
                    : "encoder.patch_embeddings.\(stage).\(module).\(kind)"
            ]
        case "norm":
            return [inStages ? "stages.\(stage).layer_norm.\(kind)" : "encoder.layer_norm.\(stage).\(kind)"]
        default:
            let module = parts[2..<parts.count - 1].joined(separator: ".")
            guard let row = blockModules.first(where: { $0.original == module }) else { return [name] }
            let block = inStages ? "stages.\(stage).blocks.\(parts[1])" : "encoder.block.\(stage).\(parts[1])"
            return (inStages ? row.stages : row.huggingFace).map { "\(block).\($0).\(kind)" }
        }
    }
}
