/// Names of the encoder's tensors in each convention. Our own are the original ones.
enum MixTransformerNames {
    static let tables = Program.allCases.map { program in
        WeightNames(
            program.convention, anchor: program.anchor, epsilons: program.epsilons,
            isWritten: program != .mmsegmentation, sources: { sources(of: $0, in: program) })
    }

    /// Programs whose files we know.
    private enum Program: CaseIterable {
        case original, huggingFace, huggingFaceStages
        /// `MixVisionTransformer`, in 0.x and 1.x: `layers.0.1.0.attn.attn.in_proj_weight`.
        case mmsegmentation

        var convention: WeightConvention {
            switch self {
            case .original: .original
            case .huggingFace: .huggingFace
            case .huggingFaceStages: .huggingFaceStages
            case .mmsegmentation: .mmsegmentation
            }
        }

        var anchor: String {
            switch self {
            case .original: "patch_embed1.proj.weight"
            case .huggingFace: "encoder.patch_embeddings.0.proj.weight"
            case .huggingFaceStages: "stages.0.patch_embeddings.proj.weight"
            case .mmsegmentation: "layers.0.0.projection.weight"
            }
        }

        var epsilons: LayerNormEpsilons {
            switch self {
            case .original: .original
            case .huggingFace, .huggingFaceStages: .huggingFace
            case .mmsegmentation: .mmsegmentation
            }
        }
    }

    /// A module of a block. Keys and values are one tensor here and in the original, two in Hugging Face; in
    /// mmsegmentation they are one with the queries, and the layers of the feed-forward net are numbered.
    private struct BlockModule {
        let original: String
        let huggingFace: [String]
        let stages: [String]
        let mmsegmentation: String
        /// Which rows of mmsegmentation's tensor.
        var part: WeightSource.Part = (0, 1, 1)
    }

    private static let blockModules = [
        BlockModule(
            original: "norm1", huggingFace: ["layer_norm_1"], stages: ["layernorm_before"], mmsegmentation: "norm1."),
        BlockModule(
            original: "norm2", huggingFace: ["layer_norm_2"], stages: ["layernorm_after"], mmsegmentation: "norm2."),
        BlockModule(
            original: "attn.q", huggingFace: ["attention.self.query"], stages: ["attention.q_proj"],
            mmsegmentation: "attn.attn.in_proj_", part: (0, 1, 3)),
        BlockModule(
            original: "attn.kv", huggingFace: ["attention.self.key", "attention.self.value"],
            stages: ["attention.k_proj", "attention.v_proj"], mmsegmentation: "attn.attn.in_proj_", part: (1, 2, 3)),
        BlockModule(
            original: "attn.sr", huggingFace: ["attention.self.sr"],
            stages: ["attention.sequence_reduction.sequence_reduction"], mmsegmentation: "attn.sr."),
        BlockModule(
            original: "attn.norm", huggingFace: ["attention.self.layer_norm"],
            stages: ["attention.sequence_reduction.layer_norm"], mmsegmentation: "attn.norm."),
        BlockModule(
            original: "attn.proj", huggingFace: ["attention.output.dense"], stages: ["attention.o_proj"],
            mmsegmentation: "attn.attn.out_proj."),
        BlockModule(
            original: "mlp.fc1", huggingFace: ["mlp.dense1"], stages: ["mlp.fc1"], mmsegmentation: "ffn.layers.0."),
        BlockModule(
            original: "mlp.dwconv.dwconv", huggingFace: ["mlp.dwconv.dwconv"], stages: ["mlp.dwconv.dwconv"],
            mmsegmentation: "ffn.layers.1."),
        BlockModule(
            original: "mlp.fc2", huggingFace: ["mlp.dense2"], stages: ["mlp.fc2"], mmsegmentation: "ffn.layers.4."),
    ]

    /// The tensors in a file that one of ours is made of: several where the file splits it along the first axis.
    ///
    /// - Parameter name: such as `block1.0.attn.kv.weight`, from the encoder's root.
    private static func sources(of name: String, in program: Program) -> [WeightSource] {
        let parts = name.split(separator: ".").map(String.init)
        guard program != .original, let first = parts.first, let kind = parts.last,
            let number = first.last?.wholeNumberValue
        else { return [WeightSource(name)] }
        switch first.dropLast() {
        case "patch_embed":
            return [WeightSource(embedding(stage: number - 1, isNorm: parts[1] == "norm", kind, program))]
        case "norm": return [WeightSource(norm(stage: number - 1, kind, program))]
        default:
            let module = parts[2..<parts.count - 1].joined(separator: ".")
            guard let row = blockModules.first(where: { $0.original == module }) else { return [WeightSource(name)] }
            return block(stage: number - 1, parts[1], row, kind, program)
        }
    }

    private static func embedding(stage: Int, isNorm: Bool, _ kind: String, _ program: Program) -> String {
        switch program {
        case .original: "patch_embed\(stage + 1).\(isNorm ? "norm" : "proj").\(kind)"
        case .huggingFace: "encoder.patch_embeddings.\(stage).\(isNorm ? "layer_norm" : "proj").\(kind)"
        case .huggingFaceStages: "stages.\(stage).patch_embeddings.\(isNorm ? "layer_norm" : "proj").\(kind)"
        case .mmsegmentation: "layers.\(stage).0.\(isNorm ? "norm" : "projection").\(kind)"
        }
    }

    private static func norm(stage: Int, _ kind: String, _ program: Program) -> String {
        switch program {
        case .original: "norm\(stage + 1).\(kind)"
        case .huggingFace: "encoder.layer_norm.\(stage).\(kind)"
        case .huggingFaceStages: "stages.\(stage).layer_norm.\(kind)"
        case .mmsegmentation: "layers.\(stage).2.\(kind)"
        }
    }

    private static func block(
        stage: Int, _ index: String, _ row: BlockModule, _ kind: String, _ program: Program
    ) -> [WeightSource] {
        switch program {
        case .original: [WeightSource("block\(stage + 1).\(index).\(row.original).\(kind)")]
        case .huggingFace: row.huggingFace.map { WeightSource("encoder.block.\(stage).\(index).\($0).\(kind)") }
        case .huggingFaceStages: row.stages.map { WeightSource("stages.\(stage).blocks.\(index).\($0).\(kind)") }
        case .mmsegmentation:
            [WeightSource("layers.\(stage).1.\(index).\(row.mmsegmentation)\(kind)", row.part)]
        }
    }
}
