public import Randomness

/// How a network sees an image at two resolutions: HRDA (Hoyer et al., arXiv:2204.13132, section 3).
public struct MultiResolutionConfig: Sendable, Equatable {
    /// What decides between context and detail.
    public enum Attention: Sendable, Equatable {
        /// One learnt value for each pixel and class (HRDA).
        case classWise
        /// One learnt value for each pixel.
        case singleChannel
        /// The same value in `0...1` everywhere: 0 is context alone, and 1 detail alone where there is detail.
        case fixed(Float)
    }

    /// Size of the context image as a share of the image; its inverse is a whole number (HRDA: 0.5).
    public var contextScale: Float = 0.5
    /// Rows of a detail window, in pixels of the image; a multiple of `alignment` (HRDA: 512).
    public var detailHeight = 512
    /// Columns of a detail window.
    public var detailWidth = 512
    public var attention = Attention.classWise
    /// Whether the windows of an inference pass overlap by half (HRDA), or lie side by side.
    public var overlapsDetail = true
    /// First row and column of a training window are multiples of this, itself one of `alignment` (HRDA code: 8).
    public var coordinateStep = 8

    public init() {}
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
    public var alignment: Int { 4 * contextReduction }

    /// The window of a training pass: multiples of `coordinateStep`, uniformly drawn, the row before the column.
    /// Nothing is drawn where the window is the whole crop.
    ///
    /// As in HRDA's code the largest offset is left out where the margin is a multiple of the step: 504 of 512 pixels.
    public func drawWindow(cropHeight: Int, cropWidth: Int, using random: inout RandomStream) -> DetailWindow {
        var window = DetailWindow(
            top: 0, left: 0, height: min(detailHeight, cropHeight), width: min(detailWidth, cropWidth))
        guard window.height < cropHeight || window.width < cropWidth else { return window }
        window.top = coordinateStep * random.integer(below: offsetCount(margin: cropHeight - window.height))
        window.left = coordinateStep * random.integer(below: offsetCount(margin: cropWidth - window.width))
        return window
    }

    private func offsetCount(margin: Int) -> Int { max((margin + 1) / coordinateStep, 1) }

    /// The windows of an inference pass: half a window apart, or side by side; the last ones are moved inwards.
    var grid: SlidingWindowGrid {
        let share = overlapsDetail ? 2 : 1
        return SlidingWindowGrid(
            windowHeight: detailHeight, windowWidth: detailWidth, strideHeight: detailHeight / share,
            strideWidth: detailWidth / share)
    }

    /// A side of an image brought to the next multiple of `alignment`.
    func aligned(_ side: Int) -> Int { (side + alignment - 1) / alignment * alignment }

    /// - Precondition: sizes that fit each other, as documented.
    func check() {
        precondition(
            contextScale > 0 && contextScale <= 1 && abs(1 / contextScale - Float(contextReduction)) < 1e-5,
            "MultiResolutionConfig: 1 / contextScale must be a whole number, got a scale of \(contextScale)")
        for size in [detailHeight, detailWidth, coordinateStep] {
            precondition(
                size > 0 && size % alignment == 0,
                "MultiResolutionConfig: windows and coordinate step must be multiples of \(alignment), got \(size)")
        }
        precondition(
            !overlapsDetail || (detailHeight / 2 % 4 == 0 && detailWidth / 2 % 4 == 0),
            "MultiResolutionConfig: half a window must be a multiple of 4, got \(detailHeight) x \(detailWidth)")
        if case .fixed(let share) = attention {
            precondition((0...1).contains(share), "MultiResolutionConfig: attention must be in 0...1, got \(share)")
        }
    }
}
