public import NN

/// Every network that a configuration or the command line can name.
public enum ModelName: String, Sendable, CaseIterable, Codable {
    case mitB0 = "mit-b0"
    case mitB1 = "mit-b1"
    case mitB2 = "mit-b2"
    case mitB3 = "mit-b3"
    case mitB4 = "mit-b4"
    case mitB5 = "mit-b5"
    case daformerMitB0 = "daformer-mit-b0"
    case daformerMitB1 = "daformer-mit-b1"
    case daformerMitB2 = "daformer-mit-b2"
    case daformerMitB3 = "daformer-mit-b3"
    case daformerMitB4 = "daformer-mit-b4"
    case daformerMitB5 = "daformer-mit-b5"
    case hrdaMitB0 = "hrda-mit-b0"
    case hrdaMitB1 = "hrda-mit-b1"
    case hrdaMitB2 = "hrda-mit-b2"
    case hrdaMitB3 = "hrda-mit-b3"
    case hrdaMitB4 = "hrda-mit-b4"
    case hrdaMitB5 = "hrda-mit-b5"

    /// What stands around the encoder.
    public enum Family: Sendable {
        /// Nothing: features, and no class scores.
        case encoder
        /// A head.
        case daformer
        /// A head that sees two resolutions.
        case hrda
    }

    public var family: Family {
        switch self {
        case .mitB0, .mitB1, .mitB2, .mitB3, .mitB4, .mitB5: .encoder
        case .daformerMitB0, .daformerMitB1, .daformerMitB2, .daformerMitB3, .daformerMitB4, .daformerMitB5: .daformer
        case .hrdaMitB0, .hrdaMitB1, .hrdaMitB2, .hrdaMitB3, .hrdaMitB4, .hrdaMitB5: .hrda
        }
    }

    /// The encoder's size as publications name it, such as `b0`.
    public var variant: String { String(rawValue.suffix(2)) }

    /// Sizes of the network's encoder.
    public var encoderConfig: MixTransformer.Config {
        switch self {
        case .mitB0, .daformerMitB0, .hrdaMitB0: .b0
        case .mitB1, .daformerMitB1, .hrdaMitB1: .b1
        case .mitB2, .daformerMitB2, .hrdaMitB2: .b2
        case .mitB3, .daformerMitB3, .hrdaMitB3: .b3
        case .mitB4, .daformerMitB4, .hrdaMitB4: .b4
        case .mitB5, .daformerMitB5, .hrdaMitB5: .b5
        }
    }
}

/// Makes networks by name.
public enum ModelRegistry {
    /// - Parameters:
    ///   - classCount: of segmenters; encoders have no classes.
    ///   - width: channels of the head's fused map; encoders have none.
    ///   - embedding: channels the head brings each level to.
    ///   - attention: between the resolutions of HRDA, whose other settings are the published ones.
    ///   - scope: the root of the network, with the seed of its first weights.
    public static func make(
        _ name: ModelName, classCount: Int = 19, width: Int = 256, embedding: Int = 256,
        attention: MultiResolutionConfig.Attention = .classWise, in scope: ModuleScope
    ) -> any SegmentationModel {
        if name.family == .encoder { return MixTransformer(name.encoderConfig, in: scope) }
        var config = SegmentationNetwork.Config(encoder: name.encoderConfig, classCount: classCount, width: width)
        config.head.embedding = embedding
        if name.family == .hrda {
            var resolutions = MultiResolutionConfig()
            resolutions.attention = attention
            config.multiResolution = resolutions
        }
        return SegmentationNetwork(config, in: scope)
    }
}
