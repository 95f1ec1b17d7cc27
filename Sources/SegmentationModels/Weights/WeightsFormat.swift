/// The naming of one network in a file: a convention, and what stands before the names.
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

    /// The names under which one of our tensors lies in the file: one, or several stacked along the first axis.
    ///
    /// - Parameter encoderPath: what stands before the encoder's names in our network.
    package func fileNames(of name: String, encoderPath: String) -> [String] {
        guard name.hasPrefix(encoderPath), !name.hasPrefix("decode_head.") else { return [headPrefix + name] }
        let inner = String(name.dropFirst(encoderPath.count))
        return MixTransformerNames.names(of: inner, in: convention).map { encoderPrefix + $0 }
    }
}
