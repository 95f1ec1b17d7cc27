internal import Glibc

/// Which map of a pyramid the features of a box are taken from (FPN, arXiv:1612.03144, equation 1, in mmdetection's
/// form): `floor(log2(sqrt(w * h) / finestScale + 1e-6))`, inside `0..<count`.
public struct PyramidLevels: Sendable, Equatable {
    /// Side in pixels from which on a box leaves the finest map: twice this.
    public var finestScale: Float
    /// Maps, finest first.
    public var count: Int

    public init(finestScale: Float = 56, count: Int = 4) {
        self.finestScale = finestScale
        self.count = count
    }

    public func level(of box: Box) -> Int {
        let level = floorf(log2f(sqrtf(max(box.area, 0)) / finestScale + 1e-6))
        // Also for what is no number.
        guard level > 0 else { return 0 }
        return level < Float(count - 1) ? Int(level) : count - 1
    }
}
