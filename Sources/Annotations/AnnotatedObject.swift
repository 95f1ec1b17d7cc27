public import ImageIO

/// One countable object of an image: a person, a car.
public struct AnnotatedObject: Sendable, Equatable {
    /// Class, as a train id of the data set's label space.
    public var trainID: UInt8
    public var mask: ObjectMask
    /// A group that nobody told apart: counted neither as found nor as missed, and not trained on as one object.
    public var isCrowd: Bool
    /// How sure a teacher is of it, in `0...1`; nil where a file says so.
    public var score: Float?

    public init(trainID: UInt8, mask: ObjectMask, isCrowd: Bool = false, score: Float? = nil) {
        self.trainID = trainID
        self.mask = mask
        self.isCrowd = isCrowd
        self.score = score
    }

    /// The smallest box around the mask.
    public var box: PixelBox { mask.box }

    /// Whether a detector can learn from it: one object, whose box with the indices of its first and last columns and
    /// rows has neither width nor height 0 (EDAPS, `gen_panoptic_labels_for_maskformer`). There is no least area.
    ///
    /// Others stay among the objects of an image: mixing pastes them, and measures count them.
    public var isTrainable: Bool { !isCrowd && box.width > 1 && box.height > 1 }

    /// The object with another mask; nil when that has no pixel.
    public func withMask(_ mask: ObjectMask) -> AnnotatedObject? {
        guard !mask.isEmpty else { return nil }
        var object = self
        object.mask = mask
        return object
    }
}

extension [AnnotatedObject] {
    /// Those that a detector can learn from, in their order.
    public var trainable: [AnnotatedObject] { filter(\.isTrainable) }

    /// With other masks; those that have no pixel any more are gone.
    ///
    /// - Parameter keepsEmpty: whether they stay, with an empty mask: there is an object of this class, and nothing of
    ///   it to be seen.
    public func withMasks(keepsEmpty: Bool = false, _ change: (ObjectMask) -> ObjectMask) -> [AnnotatedObject] {
        compactMap { object in
            var object = object
            object.mask = change(object.mask)
            return keepsEmpty || !object.mask.isEmpty ? object : nil
        }
    }

    /// What is left of them inside a window, counted from its corner; those outside are gone.
    public func cropped(to window: PixelBox) -> [AnnotatedObject] { withMasks { $0.cropped(to: window) } }

    /// Mirrored left to right in an image of `width` columns.
    public func flippedHorizontally(width: Int) -> [AnnotatedObject] {
        withMasks { $0.flippedHorizontally(width: width) }
    }

    /// As a map with them is resized by `PixelImage.resizedNearest`; those that no pixel shows any more are gone.
    public func resizedNearest(
        from old: (height: Int, width: Int), to new: (height: Int, width: Int), sampling: NearestSampling = .corner
    ) -> [AnnotatedObject] {
        if old == new { return self }
        return withMasks { $0.resizedNearest(from: old, to: new, sampling: sampling) }
    }

    /// What is left of them where `map` is not 0 (`keepsMarked`), or where it is 0; those without a pixel are gone.
    public func restricted(by map: LabelMap, keepsMarked: Bool) -> [AnnotatedObject] {
        withMasks { $0.restricted(by: map, keepsMarked: keepsMarked) }
    }

    /// 1 on the pixels of any of them, else 0, `[height, width, 1]`.
    public func union(height: Int, width: Int) -> LabelMap {
        var map = LabelMap(height: height, width: width, channels: 1, filledWith: 0)
        for object in self { object.mask.paint(1, into: &map) }
        return map
    }
}
