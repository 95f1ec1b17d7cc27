public import Annotations

/// A box in continuous pixel coordinates: the image's left edge is 0, its right edge `W`.
public struct Box: Sendable, Equatable, BitwiseCopyable {
    public var x1: Float
    public var y1: Float
    public var x2: Float
    public var y2: Float

    public init(x1: Float, y1: Float, x2: Float, y2: Float) {
        (self.x1, self.y1, self.x2, self.y2) = (x1, y1, x2, y2)
    }

    /// The box of a mask as the published panoptic systems train on it: the indices of its first and last columns and
    /// rows, so that an object of one column has width 0 (EDAPS, `gen_panoptic_labels_for_maskformer`).
    public init(inclusive box: PixelBox) {
        self.init(x1: Float(box.left), y1: Float(box.top), x2: Float(box.right - 1), y2: Float(box.bottom - 1))
    }

    public var width: Float { x2 - x1 }
    public var height: Float { y2 - y1 }
}
