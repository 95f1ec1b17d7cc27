/// Names of the encoder's tensors in each convention. Our own are those of the authors' release for detection and
/// segmentation, which Mask2Former keeps.
///
/// Files are told apart by what they call the queries of the first block, as one program has several names for what
/// lies around the blocks.
enum SwinNames {
    static let tables: [WeightNames] = [
        WeightNames(
            .original, anchor: "layers.0.blocks.0.attn.qkv.weight", absent: absent(beside: "norm.weight"),
            derived: derived, sources: { [WeightSource($0)] }),
        WeightNames(
            .mmsegmentation, anchor: "stages.0.blocks.0.attn.w_msa.qkv.weight", isWritten: false, derived: derived,
            sources: { [mmsegmentationSource(of: $0)] }),
    ] + Place.allCases.flatMap { place in
        Spelling.allCases.compactMap { table(place, $0) }
    }

    /// Networks for images' classes have one norm at their end and none of those that maps go through.
    private static func absent(beside marker: String) -> AbsentTensors {
        AbsentTensors(marker: marker) { name in
            name.hasPrefix("norm") && name.dropFirst(4).first?.isWholeNumber == true
        }
    }

    /// What programs save and work out from sizes.
    private static let derived = [".relative_position_index", ".attn_mask"]

    /// Parts of a block in mmsegmentation and mmdetection, where they have other names.
    private static let mmsegmentationModules = [
        "attn.qkv": "attn.w_msa.qkv", "attn.proj": "attn.w_msa.proj", "attn": "attn.w_msa", "mlp.fc1": "ffn.layers.0.0",
        "mlp.fc2": "ffn.layers.1",
    ]

    /// Their step to the next stage lays four cells flat by `unfold`.
    private static func mmsegmentationSource(of name: String) -> WeightSource {
        let parts = name.split(separator: ".").map(String.init)
        guard let kind = parts.last, parts.first == "layers", parts.count > 3 else {
            return WeightSource(name.replacing("patch_embed.proj.", with: "patch_embed.projection."))
        }
        let stage = "stages.\(parts[1]).\(parts[2])"
        if parts[2] == "downsample" {
            return WeightSource("\(stage).\(parts[3...].joined(separator: "."))", isUnfolded: true)
        }
        let module = parts[4..<parts.count - 1].joined(separator: ".")
        return WeightSource("\(stage).\(parts[3]).\(mmsegmentationModules[module] ?? module).\(kind)")
    }

    /// What transformers calls the layers of a block.
    private enum Spelling: CaseIterable {
        /// `attention.self.query`: files of the hub, and what `save_pretrained` writes for `SwinBackbone`.
        case hub
        /// `attention.q_proj`: names in memory since transformers 5, and its files of networks that have a Swin inside.
        case memory
    }

    /// Where transformers has embeddings and layers, and where the norms of maps.
    private enum Place: CaseIterable {
        /// `encoder.layers`, `hidden_states_norms.stage1`
        case bare
        /// `swin.encoder.layers`, `hidden_states_norms.stage1`
        case swin
        /// `model.encoder.layers`, `hidden_states_norms.0`: the encoder of MaskFormer, which early files of Mask2Former
        /// have too.
        case maskFormer

        var prefix: String {
            switch self {
            case .bare: ""
            case .swin: "swin."
            case .maskFormer: "model."
            }
        }

        func norm(_ stage: Int) -> String {
            switch self {
            case .bare, .swin: "hidden_states_norms.stage\(stage + 1)"
            case .maskFormer: "hidden_states_norms.\(stage)"
            }
        }
    }

    private static func table(_ place: Place, _ spelling: Spelling) -> WeightNames? {
        // No program ever had these together.
        if place == .maskFormer, spelling == .memory { return nil }
        let convention: WeightConvention = switch (place, spelling) {
        case (.bare, .hub): .huggingFace
        case (.swin, .memory): .huggingFaceStages
        case (.swin, .hub): .huggingFaceSwin
        case (.bare, .memory): .huggingFaceBare
        case (.maskFormer, _): .huggingFaceMaskFormer
        }
        let queries = spelling == .hub ? "attention.self.query" : "attention.q_proj"
        return WeightNames(
            convention, anchor: "\(place.prefix)encoder.layers.0.blocks.0.\(queries).weight",
            companion: place == .maskFormer ? "\(place.norm(0)).weight" : nil,
            absent: absent(beside: "\(place.prefix)layernorm.weight"),
            derived: derived, sources: { sources(of: $0, place, spelling) })
    }

    /// A part of a block: queries, keys and values are one tensor here and three in transformers.
    private static let blockModules: [(ours: String, hub: [String], memory: [String])] = [
        ("norm1", ["layernorm_before"], ["layernorm_before"]),
        ("norm2", ["layernorm_after"], ["layernorm_after"]),
        (
            "attn.qkv", ["attention.self.query", "attention.self.key", "attention.self.value"],
            ["attention.q_proj", "attention.k_proj", "attention.v_proj"]
        ),
        ("attn.proj", ["attention.output.dense"], ["attention.o_proj"]),
        ("attn", ["attention.self"], ["attention.relative_position_bias"]),
        ("mlp.fc1", ["intermediate.dense"], ["mlp.fc1"]),
        ("mlp.fc2", ["output.dense"], ["mlp.fc2"]),
    ]

    /// - Parameter name: such as `layers.2.blocks.0.attn.qkv.weight`, from the encoder's root.
    private static func sources(of name: String, _ place: Place, _ spelling: Spelling) -> [WeightSource] {
        let parts = name.split(separator: ".").map(String.init)
        guard let first = parts.first, let kind = parts.last else { return [WeightSource(name)] }
        if first == "patch_embed" {
            let layer = parts[1] == "norm" ? "norm" : "patch_embeddings.projection"
            return [WeightSource("\(place.prefix)embeddings.\(layer).\(kind)")]
        }
        if first.hasPrefix("norm"), let stage = first.last?.wholeNumberValue {
            return [WeightSource("\(place.norm(stage)).\(kind)")]
        }
        guard first == "layers", parts.count > 4, parts[2] == "blocks" else {
            // The step to the next stage has one name everywhere.
            return [WeightSource("\(place.prefix)encoder.\(name)")]
        }
        let module = parts[4..<parts.count - 1].joined(separator: ".")
        guard let row = blockModules.first(where: { $0.ours == module }) else { return [WeightSource(name)] }
        let block = "\(place.prefix)encoder.layers.\(parts[1]).blocks.\(parts[3])"
        return (spelling == .hub ? row.hub : row.memory).map { WeightSource("\(block).\($0).\(kind)") }
    }
}
