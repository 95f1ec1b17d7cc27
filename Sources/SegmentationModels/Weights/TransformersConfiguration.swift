/// What Hugging Face transformers reads beside the weights of a network that it knows, and how a file names them.
public struct TransformersConfiguration: Sendable, Equatable {
    /// The keys of its `config.json`.
    public var fields: [TransformersField]
    /// What stands before the encoder's names in a file of a whole network.
    public var encoderPrefix: String
    /// Train ids of the classes that it predicts, by place; nil for those of the label space.
    public var classes: [UInt8]?
    /// Tensors that it looks for in the file and that a network here does not have.
    public var constants: [Constant]

    /// A tensor of one axis that no pass reads, or that settings tell.
    public struct Constant: Sendable, Equatable {
        public let name: String
        public let values: [Float]

        public init(_ name: String, _ values: [Float]) { (self.name, self.values) = (name, values) }
    }

    public init(
        _ fields: [TransformersField], encoderPrefix: String = "", classes: [UInt8]? = nil, constants: [Constant] = []
    ) {
        self.fields = fields
        self.encoderPrefix = encoderPrefix
        self.classes = classes
        self.constants = constants
    }

    /// The class of transformers whose `from_pretrained` loads the folder.
    public var architecture: String? {
        for field in fields where field.key == "architectures" {
            if case .texts(let names) = field.value { return names.first }
        }
        return nil
    }
}

/// A key of `config.json`.
public struct TransformersField: Sendable, Equatable {
    public indirect enum Value: Sendable, Equatable {
        case text(String)
        case integer(Int)
        case number(Double)
        case flag(Bool)
        case integers([Int])
        case texts([String])
        case fields([TransformersField])

        /// The shortest decimal number that is read back as this one.
        static func decimal(_ value: Float) -> Value { .number(Double("\(value)") ?? Double(value)) }
    }

    public let key: String
    public let value: Value

    public init(_ key: String, _ value: Value) {
        self.key = key
        self.value = value
    }
}

extension SegmentationNetwork {
    /// What transformers reads beside the whole network's weights: of the network where it knows it, else of its
    /// encoder; nil where it knows neither.
    public var transformersConfiguration: TransformersConfiguration? {
        encoder.config.transformersConfiguration(epsilons).map { encoder in
            objectDecoder?.transformersConfiguration(around: encoder) ?? encoder
        }
    }

    /// What of the network transformers leaves out when it loads the encoder alone, and why; nil where it loads the
    /// whole network, and where it knows no part of it.
    public var transformersGap: String? {
        guard let known = encoder.config.transformersConfiguration(epsilons),
            objectDecoder?.transformersConfiguration(around: known) == nil
        else { return nil }
        let reason =
            objectDecoder?.transformersGap(around: known) ?? "it has no class for this encoder with this decoder"
        let parts = [("the decoder of classes", head != nil), ("the decoder of objects", objectDecoder != nil)]
            .filter(\.1).map(\.0)
        return parts.isEmpty ? nil : "\(parts.joined(separator: " and ")): \(reason)"
    }
}
