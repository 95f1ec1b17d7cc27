package import Configuration
public import ImageIO
public import Randomness

/// Colour jitter and blur of whole images, with one coin for each a batch (DACS; DAFormer code).
public struct StrongAugmentation: Sendable, Equatable {
    /// Which changes, how strong and how often. Defaults are those of the DAFormer code.
    public struct Config: Sendable, Equatable {
        /// Brightness adds and hue turns by up to this; contrast and saturation multiply by `1 ± strength` (0.2).
        public var jitterStrength: Float = 0.2
        /// Jitter is applied when the first coin, uniform in `0..<1`, exceeds this: in 80 % of the steps at the
        /// released code's 0.2, which its configuration calls a probability.
        public var jitterThreshold: Float = 0.2
        /// Blur with a standard deviation of 0.15 to 1.15 pixels, when the second coin exceeds 0.5.
        public var blur = true

        public init() {}
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

extension StrongAugmentation.Config: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("jitterStrength", &jitterStrength, .closed(0...1))
        try fields.field("jitterThreshold", &jitterThreshold, .closed(0...1))
        try fields.field("blur", &blur)
    }
}
