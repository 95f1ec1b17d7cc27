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

    /// Changes one image with values in `0...1`, in place, with an order, factors and a blur of its own (mixing pass).
    ///
    /// - Parameter random: one stream an image.
    public func apply(to image: inout FloatImage, using random: inout RandomStream) {
        let jitter = ColorJitter(strength: config.jitterStrength, using: &random)
        apply(jitter, GaussianBlur(using: &random), to: &image)
    }

    /// Changes one image of a batch that shares order and blur; only the factors are the image's own (masked pass,
    /// which in the reference is one call for the batch).
    ///
    /// - Parameters:
    ///   - batch: the same stream for every image of the global batch.
    ///   - random: one stream an image.
    public func apply(to image: inout FloatImage, batch: RandomStream, using random: inout RandomStream) {
        var batch = batch
        let order = ColorJitter.drawOrder(using: &batch)
        let jitter = ColorJitter(strength: config.jitterStrength, order: order, using: &random)
        apply(jitter, GaussianBlur(using: &batch), to: &image)
    }

    private func apply(_ jitter: ColorJitter, _ blur: GaussianBlur, to image: inout FloatImage) {
        if jitters { jitter.apply(to: &image) }
        if blurs { blur.apply(to: &image) }
    }
}
