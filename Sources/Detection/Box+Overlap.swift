extension Box {
    /// 0 where a side is not above 0, as for the overlaps of mmdetection.
    public var area: Float { width * height }

    /// Whether it has pixels at all; false for NaN.
    public var hasArea: Bool { width > 0 && height > 0 }

    /// Intersection over union, `|a and b| / max(|a| + |b| - |a and b|, 1e-6)` (mmdetection, `bbox_overlaps`).
    ///
    /// - Returns: in `0...1`; 0 for boxes that do not meet, have no area, or are not finite.
    public func overlap(with other: Box) -> Float {
        let width = min(x2, other.x2) - max(x1, other.x1)
        let height = min(y2, other.y2) - max(y1, other.y1)
        guard width > 0, height > 0 else { return 0 }
        let common = width * height
        let ratio = common / max(area + other.area - common, 1e-6)
        return ratio.isFinite ? ratio : 0
    }

    /// The part inside an image.
    public func clipped(height: Int, width: Int) -> Box {
        func inside(_ value: Float, _ size: Int) -> Float { min(max(value, 0), Float(size)) }
        return Box(x1: inside(x1, width), y1: inside(y1, height), x2: inside(x2, width), y2: inside(y2, height))
    }

    /// The box in an image that is resized.
    public func scaled(x: Float, y: Float) -> Box { Box(x1: x1 * x, y1: y1 * y, x2: x2 * x, y2: y2 * y) }

    /// The overlap of each of `boxes` with each of `others`, row-major `[boxes.count, others.count]`.
    public static func overlaps(of boxes: [Box], with others: [Box]) -> [Float] {
        boxes.flatMap { box in others.map { box.overlap(with: $0) } }
    }
}
