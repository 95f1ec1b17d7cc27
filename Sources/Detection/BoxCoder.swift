internal import Glibc

/// Boxes as differences from other boxes, in the units that networks learn (mmdetection, `DeltaXYWHBBoxCoder`).
///
/// With centres `x`, `y` and sides `w`, `h` of the box `p` and of what it is to become, `g`:
/// `dx = (gx - px) / pw`, `dy = (gy - py) / ph`, `dw = ln(gw / pw)`, `dh = ln(gh / ph)`, each divided by its deviation.
public struct BoxCoder: Sendable, Equatable {
    /// Of `dx`, `dy`, `dw`, `dh`.
    public var deviations: SIMD4<Float>
    /// The largest factor by which a side grows or shrinks.
    public var largestRatio: Float

    public init(deviations: SIMD4<Float> = .one, largestRatio: Float = 1000 / 16) {
        self.deviations = deviations
        self.largestRatio = largestRatio
    }

    /// Shorter sides count as this many pixels, so that differences stay finite.
    private static let shortestSide: Float = 1e-3

    /// The differences between `box` and `object`; finite for finite boxes.
    public func encoded(_ object: Box, from box: Box) -> SIMD4<Float> {
        let (width, height) = (max(box.width, Self.shortestSide), max(box.height, Self.shortestSide))
        let differences = SIMD4(
            ((object.x1 + object.x2) * 0.5 - (box.x1 + box.x2) * 0.5) / width,
            ((object.y1 + object.y2) * 0.5 - (box.y1 + box.y2) * 0.5) / height,
            logf(max(object.width, Self.shortestSide) / width), logf(max(object.height, Self.shortestSide) / height))
        return differences / deviations
    }

    /// The box that differs from `box` by `deltas`, inside the image.
    ///
    /// - Returns: nil where it has no area, or `deltas` are no numbers.
    public func decoded(_ deltas: SIMD4<Float>, from box: Box, height: Int, width: Int) -> Box? {
        let differences = deltas * deviations
        let limit = logf(largestRatio)
        let (x, y) = (
            (box.x1 + box.x2) * 0.5 + box.width * differences.x, (box.y1 + box.y2) * 0.5 + box.height * differences.y)
        let halfWidth = box.width * expf(min(max(differences.z, -limit), limit)) * 0.5
        let halfHeight = box.height * expf(min(max(differences.w, -limit), limit)) * 0.5
        // Comparisons with NaN choose a side without a word: what is no number must go before the box is clipped.
        guard !(x.isNaN || y.isNaN || differences.z.isNaN || differences.w.isNaN) else { return nil }
        let clipped = Box(x1: x - halfWidth, y1: y - halfHeight, x2: x + halfWidth, y2: y + halfHeight)
            .clipped(height: height, width: width)
        return clipped.hasArea ? clipped : nil
    }
}
