public import NN
public import TensorEngine
public import WeightFiles

/// The sizes of a decoder, and what is known of it before it is made.
public protocol DecoderConfig: Sendable, Equatable {
    /// Names of its tensors in files, our own first.
    var weightNames: [WeightNames] { get }
    /// The part of HRDA that decides between resolutions, where this decoder is at two of them.
    var scaleAttention: any DecoderConfig { get }
    /// What passes hold, for plans of jobs.
    var memory: DecoderMemory { get }
    /// Channels of `DecoderOutput.fused`.
    var fusedChannels: Int { get }

    /// - Parameters:
    ///   - inputs: what the encoder delivers.
    ///   - classCount: channels of the logits.
    ///   - scope: the place in the network; seeds of first weights follow from it.
    func makeDecoder(_ inputs: FeaturePyramid.Layout, classCount: Int, in scope: ModuleScope) -> any Decoder

    /// Takes the sizes of a file's decoder.
    ///
    /// - Returns: its number of classes.
    mutating func takeSizes(of file: WeightShapes) throws(WeightsError) -> Int
}

extension DecoderConfig {
    /// That of HRDA with its published sizes: DAFormer's head, where a single convolution fuses the levels.
    public var scaleAttention: any DecoderConfig {
        var attention = DAFormerHead.Config()
        attention.fusion = .pointwise
        return attention
    }

    /// Equality behind an existential.
    func isEqual(to other: any DecoderConfig) -> Bool { (other as? Self) == self }
}

/// What a decoder makes of an encoder's maps.
public struct DecoderOutput {
    /// Class scores at the resolution of the finest map, `[B, h, w, classCount]`.
    public let logits: Tensor
    /// What the classifier scores, before dropout, `[B, h, w, fusedChannels]`: for losses on pixels' features.
    public let fused: Tensor

    public init(logits: Tensor, fused: Tensor) {
        self.logits = logits
        self.fused = fused
    }
}

/// Class scores of an encoder's maps.
///
/// A new one is a folder with its `Config`, this protocol on a `Module`, and a line in `DecoderRegistry`.
public protocol Decoder: Module, ParameterGrouping {
    associatedtype Config: DecoderConfig

    var config: Config { get }

    /// - Parameter pyramid: of the layout it was made for.
    func callAsFunction(_ pyramid: FeaturePyramid, in context: ForwardContext) -> DecoderOutput
}

/// Numbers that passes of a decoder hold.
public struct DecoderMemory: Sendable, Equatable {
    /// For each cell of the encoder's finest map, until the backward pass.
    public var kept: Double
    /// For each cell of the finest map in a pass without a tape.
    public var passing: Double
    /// For each image whatever its size, until the backward pass: what is learned of a number of regions.
    public var keptOfImage: Double
    /// The same in a pass without a tape.
    public var passingOfImage: Double
    /// Whatever the images.
    public var workspace: Int

    public init(
        kept: Double, passing: Double, keptOfImage: Double = 0, passingOfImage: Double = 0, workspace: Int = 0
    ) {
        self.kept = kept
        self.passing = passing
        self.keptOfImage = keptOfImage
        self.passingOfImage = passingOfImage
        self.workspace = workspace
    }

    /// Of two decoders on the same maps.
    public static func + (first: DecoderMemory, second: DecoderMemory) -> DecoderMemory {
        DecoderMemory(
            kept: first.kept + second.kept, passing: first.passing + second.passing,
            keptOfImage: first.keptOfImage + second.keptOfImage,
            passingOfImage: first.passingOfImage + second.passingOfImage, workspace: first.workspace + second.workspace)
    }
}
