/// Where overlapping windows lie on an image, as in mmsegmentation's `slide_inference`.
///
/// An axis of length `L` has `ceil(max(L - window, 0) / stride) + 1` windows, `stride` apart; the last one is moved
/// inwards to end at the border. On an axis shorter than the window there is one window, as long as the axis.
public struct SlidingWindowGrid: Sendable, Equatable {
    /// First pixels and lengths of one axis.
    public struct Axis: Sendable, Equatable {
        public let starts: [Int]
        public let windowLength: Int

        /// How many windows cover each pixel.
        public func coverage(length: Int) -> [Int] {
            var counts = [Int](repeating: 0, count: length)
            for start in starts {
                for position in start..<start + windowLength { counts[position] += 1 }
            }
            return counts
        }
    }

    public let windowHeight: Int
    public let windowWidth: Int
    public let strideHeight: Int
    public let strideWidth: Int

    /// - Precondition: `1 <= stride <= window` on each axis, so that no pixel is left out.
    public init(windowHeight: Int, windowWidth: Int, strideHeight: Int, strideWidth: Int) {
        precondition(
            (1...windowHeight).contains(strideHeight) && (1...windowWidth).contains(strideWidth),
            "SlidingWindowGrid: strides \(strideHeight), \(strideWidth) must be at least 1 and at most the window "
                + "\(windowHeight), \(windowWidth)")
        self.windowHeight = windowHeight
        self.windowWidth = windowWidth
        self.strideHeight = strideHeight
        self.strideWidth = strideWidth
    }

    /// The windows' rows on an image.
    public func rows(imageHeight: Int) -> Axis {
        Self.axis(length: imageHeight, window: windowHeight, stride: strideHeight)
    }

    /// The windows' columns on an image.
    public func columns(imageWidth: Int) -> Axis {
        Self.axis(length: imageWidth, window: windowWidth, stride: strideWidth)
    }

    private static func axis(length: Int, window: Int, stride: Int) -> Axis {
        let slack = max(length - window, 0)
        let count = (slack + stride - 1) / stride + 1
        return Axis(starts: (0..<count).map { min($0 * stride, slack) }, windowLength: min(window, length))
    }
}
