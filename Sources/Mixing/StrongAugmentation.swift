public import ImageIO
public import Randomness

/// Colour jitter and blur of whole images, with one coin for each a batch (DACS; DAFormer code).
public struct StrongAugmentation: Sendable, Equatable {
    public struct Config: Sendable, Equatable {
        /// See `ColorJitter.init(strength:using:)`.
        public var jitterStrength: Float
        /// Jitter is applied when the first coin, uniform in `0..<1`, exceeds this.
        public var jitterThreshold: Float
        /// Whether blur may be applied: when the second coin exceeds 0.5.
        public var blur: Bool

        /// Defaults of the DAFormer code.
        public init(jitterStrength: Float = 0.2, jitterThreshold: Float = 0.2, blur: Bool = true) {
            self.jitterStrength = jitterStrength
            self.jitterThreshold = jitterThreshold
            self.blur = blur
        }
    }

    public let config: Config
    public let jitters: Bool
    public let blurs: Bool

    /// Throws the two coins of a batch.
    ///
    /// - Parameter coins: the same stream on every rank, so that the whole global batch shares the coins.
    public init(_ config: Config, coins: inout RandomStream) {
        self.config = config
        jitters = coins.uniform() > config.jitterThreshold
        blurs = coins.uniform() > 0.5 && config.blur
    }

    /// Changes one image with values in `0...1`, in place.
    ///
    /// - Parameter random: one stream an image.
    public func apply(to image: inout FloatImage, using random: inout RandomStream) {
        let jitter = ColorJitter(strength: config.jitterStrength, using: &random)
        let blur = GaussianBlur(using: &random)
        if jitters { jitter.apply(to: &image) }
        if blurs { blur.apply(to: &image) }
    }
}
