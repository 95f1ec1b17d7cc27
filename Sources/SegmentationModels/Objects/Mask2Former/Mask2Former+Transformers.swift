extension Mask2Former {
    /// Of `Mask2FormerForUniversalSegmentation`, which knows Swin alone, three levels of four points, and norms of 32
    /// groups; nil for other sizes.
    public func transformersConfiguration(around encoder: TransformersConfiguration) -> TransformersConfiguration? {
        guard transformersGap(around: encoder) == nil else { return nil }
        return TransformersConfiguration(
            [
                .init("architectures", .texts(["Mask2FormerForUniversalSegmentation"])),
                .init("model_type", .text("mask2former")), .init("backbone_config", .fields(encoder.fields)),
            ] + sizes + criterionFields,
            encoderPrefix: "model.pixel_level_module.encoder.", classes: classes, constants: constants)
    }

    public func transformersGap(around encoder: TransformersConfiguration) -> String? {
        var needs: [String] = []
        if !encoder.fields.contains(.init("model_type", .text("swin"))) || inputs.levels.count != 4 {
            needs.append("a Swin encoder")
        }
        if config.groups != 32 { needs.append("norms of 32 groups (these have \(config.groups))") }
        if config.pixelDecoder.points != 4 { needs.append("4 points a head (here \(config.pixelDecoder.points))") }
        return needs.isEmpty ? nil : "its Mask2Former needs \(needs.joined(separator: ", "))"
    }

    private var sizes: [TransformersField] {
        [
            .init("feature_size", .integer(config.width)), .init("mask_feature_size", .integer(config.width)),
            .init("hidden_dim", .integer(config.width)), .init("num_attention_heads", .integer(config.heads)),
            .init("encoder_layers", .integer(config.pixelDecoder.layers)),
            .init("encoder_feedforward_dim", .integer(config.pixelDecoder.hidden)),
            // It counts the prediction before any layer.
            .init("decoder_layers", .integer(config.transformer.layers + 1)),
            .init("dim_feedforward", .integer(config.transformer.hidden)),
            .init("num_queries", .integer(config.queries)), .init("activation_function", .text("relu")),
            .init("dropout", .number(0)), .init("pre_norm", .flag(false)),
            .init("enforce_input_projection", .flag(false)), .init("common_stride", .integer(4)),
            .init("feature_strides", .integers([4, 8, 16, 32])),
        ]
    }

    private var criterionFields: [TransformersField] {
        let criterion = config.criterion
        return [
            .init("class_weight", .decimal(criterion.classWeight)),
            .init("mask_weight", .decimal(criterion.maskWeight)),
            .init("dice_weight", .decimal(criterion.diceWeight)),
            .init("no_object_weight", .decimal(criterion.noObject)),
            .init("train_num_points", .integer(criterion.points)),
            .init("oversample_ratio", .number(Double(criterion.oversampling))),
            .init("importance_sample_ratio", .decimal(criterion.uncertain)), .init("ignore_value", .integer(255)),
            .init("use_auxiliary_loss", .flag(true)),
        ]
    }

    /// The weights of classes, which it keeps with its weights, and the norm of classifiers inside its encoder, which
    /// no map goes through.
    private var constants: [TransformersConfiguration.Constant] {
        let channels = inputs.deepest.channels
        let norm = "model.pixel_level_module.encoder.swin.layernorm."
        return [
            .init("criterion.empty_weight", classes.map { _ in 1 } + [config.criterion.noObject]),
            .init("\(norm)weight", [Float](repeating: 1, count: channels)),
            .init("\(norm)bias", [Float](repeating: 0, count: channels)),
        ]
    }
}
