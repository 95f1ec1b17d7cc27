internal import ImageIO

/// One set of objects out of what several models see in an image, each of which knows a group of classes: labels to
/// learn from, in which every pixel belongs to at most one object and every object to one model (UDA4Inst, "fusion of
/// pseudo-labels", which names the idea; the steps are ours).
///
/// Objects of classes that their model does not know, and those that are not sure enough, are left out. The others are
/// painted, the surest first, each onto the pixels that are still free; one of which too little remains is left out and
/// frees its pixels.
public struct FusedPseudoLabels: Sendable, Equatable {
    /// What one model sees.
    public struct Prediction: Sendable {
        /// With scores; one without counts as certain.
        public var objects: [AnnotatedObject]
        /// Train ids that the model has learnt; nil for all. Its detections must be chosen among these, or objects of
        /// other classes have taken places.
        public var classes: Set<UInt8>?

        public init(_ objects: [AnnotatedObject], classes: Set<UInt8>? = nil) {
            self.objects = objects
            self.classes = classes
        }
    }

    /// A score must exceed this (UDA4Inst: 0.9).
    public var minScore: Float = 0.9
    /// The share of an object's own pixels that must remain, in `0...1` (ours: 0.5).
    public var minShareLeft = 0.5
    /// The pixels that must remain (ours: 100, the least that Cityscapes scores).
    public var minArea = 100

    public init() {}

    /// The objects, the surest first; of equally sure ones that of the earlier model, and the earlier one of a model.
    ///
    /// - Parameters:
    ///   - predictions: of each model, with masks in the image.
    ///   - region: the camera's own car, whose objects are removed last; nil for none.
    public func callAsFunction(
        _ predictions: [Prediction], height: Int, width: Int, ego region: EgoRegion? = nil
    ) -> [AnnotatedObject] {
        var taken = LabelMap(height: height, width: width, channels: 1, filledWith: 0)
        var fused: [AnnotatedObject] = []
        for object in surestFirst(predictions) {
            let left = object.mask.restricted(by: taken, keepsMarked: false)
            guard left.area >= minArea, Double(left.area) >= minShareLeft * Double(object.mask.area),
                let kept = object.withMask(left)
            else { continue }
            left.paint(1, into: &taken)
            fused.append(kept)
        }
        guard let region else { return fused }
        return region.keeping(fused, outside: region.mask(height: height, width: width))
    }

    private func surestFirst(_ predictions: [Prediction]) -> [AnnotatedObject] {
        let sure = predictions.flatMap { prediction in
            prediction.objects.filter { object in
                !object.isCrowd && object.score ?? 1 > minScore
                    && prediction.classes?.contains(object.trainID) ?? true
            }
        }
        // Sorting an array is stable in Swift only by accident: places break ties.
        return sure.enumerated()
            .sorted { ($1.element.score ?? 1, $0.offset) < ($0.element.score ?? 1, $1.offset) }
            .map(\.element)
    }
}
