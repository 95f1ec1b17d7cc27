public import Configuration
public import Randomness

/// How a network sees an image at two resolutions: HRDA (Hoyer et al., ECCV 2022, arXiv:2204.13132, section 3), with
/// the numbers of its released code at crops of 1024 x 1024.
public struct MultiResolutionConfig: Sendable, Equatable {
    /// What decides between context and detail.
    public enum Attention: String, Sendable, CaseIterable, ConfigurationChoice {
        /// One learnt value for each pixel and class (HRDA).
        case classWise = "class-wise"
        /// One learnt value for each pixel.
        case singleChannel = "single-channel"
        /// The same given value everywhere.
        case fixed
    }

    /// Size of the context image as a share of the image or crop; its inverse is a whole number (HRDA: 0.5).
    public var contextScale: Float = 0.5
    /// Part of the crop that is seen at full resolution, in pixels, multiples of the encoder's largest stride and of
    /// `alignment` (HRDA: 512 x 512).
    public var detail = ImageSizeConfiguration(height: 512, width: 512)
    /// What decides between context and detail (HRDA: class-wise).
    public var attention = Attention.classWise
    /// The share of detail where `attention` is `fixed`, in `0...1`: 0 is context alone, and 1 detail alone where there
    /// is detail.
    public var fixedAttention: Float = 0.5
    /// Whether the detail windows of teacher and evaluation overlap by half, or lie side by side (HRDA: overlap).
    public var overlap = true
    /// First row and column of a training window are multiples of this, itself one of `alignment`, so that it begins at
    /// a cell of the context's logits (HRDA code: 8).
    public var coordinateStep = 8
    /// Weight of the loss on the detail's logits alone; that on the fused ones has the rest to 1 (HRDA: 0.1).
    public var detailLossWeight: Float = 0.1

    public init() {}
}

extension MultiResolutionConfig: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("contextScale", &contextScale, .closed(0.125...1))
        try fields.section("detail", &detail)
        try fields.field("attention", &attention)
        try fields.field("fixedAttention", &fixedAttention, .closed(0...1))
        try fields.field("overlap", &overlap)
        try fields.field("coordinateStep", &coordinateStep, .side(from: 1))
        try fields.field("detailLossWeight", &detailLossWeight, .closed(0...1))
    }
}

/// A part of the image that passes through the network at full resolution, in pixels.
public struct DetailWindow: Sendable, Equatable {
    public var top, left, height, width: Int

    public init(top: Int, left: Int, height: Int, width: Int) {
        self.top = top
        self.left = left
        self.height = height
        self.width = width
    }
}

extension MultiResolutionConfig {
    /// How many times smaller the context image is.
    public var contextReduction: Int { Int((1 / contextScale).rounded()) }

    /// Pixels of the image in one cell of the context's logits: what sides of images and windows are multiples of, so
    /// that the cells of both resolutions meet.
    ///
    /// - Parameter stride: pixels in one cell of the network's logits, 4 with most encoders.
    public func alignment(stride: Int) -> Int { stride * contextReduction }

    /// The window of a training pass: multiples of `coordinateStep`, uniformly drawn, the row before the column.
    /// Nothing is drawn where the window is the whole crop.
    ///
    /// As in HRDA's code the largest offset is left out where the margin is a multiple of the step: 504 of 512 pixels.
    public func drawWindow(cropHeight: Int, cropWidth: Int, using random: inout RandomStream) -> DetailWindow {
        var window = DetailWindow(
            top: 0, left: 0, height: min(detail.height, cropHeight), width: min(detail.width, cropWidth))
        guard window.height < cropHeight || window.width < cropWidth else { return window }
        window.top = coordinateStep * random.integer(below: offsetCount(margin: cropHeight - window.height))
        window.left = coordinateStep * random.integer(below: offsetCount(margin: cropWidth - window.width))
        return window
    }

    private func offsetCount(margin: Int) -> Int { max((margin + 1) / coordinateStep, 1) }

    /// The windows of an inference pass: half a window apart, or side by side; the last ones are moved inwards.
    var grid: SlidingWindowGrid {
        let share = overlap ? 2 : 1
        return SlidingWindowGrid(
            windowHeight: detail.height, windowWidth: detail.width, strideHeight: detail.height / share,
            strideWidth: detail.width / share)
    }

    /// A side of an image brought to the next multiple of `alignment`.
    func aligned(_ side: Int, stride: Int) -> Int {
        let alignment = alignment(stride: stride)
        return (side + alignment - 1) / alignment * alignment
    }

    /// Why the sizes do not fit each other; nil where they do.
    func misfit(stride: Int) -> String? {
        let alignment = alignment(stride: stride)
        guard contextScale > 0 && contextScale <= 1 && abs(1 / contextScale - Float(contextReduction)) < 1e-5 else {
            return "1 / contextScale must be a whole number, got a scale of \(contextScale)"
        }
        for size in [detail.height, detail.width] where size <= 0 || size % alignment != 0 {
            return "detail windows must be multiples of \(alignment), got \(size)"
        }
        guard overlap, detail.height / 2 % stride != 0 || detail.width / 2 % stride != 0 else { return nil }
        return "half a detail window must be a multiple of \(stride), got \(detail.height) x \(detail.width)"
    }

    /// - Precondition: sizes that fit each other, as documented.
    func check(stride: Int) {
        if let misfit = misfit(stride: stride) { preconditionFailure("MultiResolutionConfig: \(misfit)") }
        let alignment = alignment(stride: stride)
        precondition(
            coordinateStep > 0 && coordinateStep % alignment == 0,
            "MultiResolutionConfig: the coordinate step must be a multiple of \(alignment), got \(coordinateStep)")
        precondition(
            (0...1).contains(fixedAttention), "MultiResolutionConfig: attention must be in 0...1, got \(fixedAttention)"
        )
    }
}
