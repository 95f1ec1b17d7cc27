public import Annotations
public import ImageIO

/// How much of an image comes with an object that is pasted (UDA4Inst, "patch-wise and instance-wise mixing"): small
/// objects need what is around them, large ones do not.
public struct PastingRule: Sendable, Equatable {
    /// What is cut out of the image.
    public enum Shape: String, Sendable, CaseIterable {
        /// The rectangle of small objects, and of larger ones the pixels of their mask (UDA4Inst).
        case combined
        /// The pixels of the mask, of all objects (UDA4Inst, table 6).
        case instance
        /// The rectangle, of all objects (UDA4Inst, table 6).
        case patch
    }

    public var shape: Shape
    /// Objects of fewer pixels are not pasted, neither their pixels nor their label (UDA4Inst code: 300).
    public var minArea: Int
    /// Objects of more pixels are pasted without their surroundings (UDA4Inst, section 3.3: 1500).
    public var maxPatchArea: Int

    /// - Parameters: in pixels of the crop.
    public init(shape: Shape = .combined, minArea: Int = 300, maxPatchArea: Int = 1500) {
        self.shape = shape
        self.minArea = minArea
        self.maxPatchArea = maxPatchArea
    }

    /// Whether an object is large enough to be pasted. Groups never are.
    public func pastes(_ object: AnnotatedObject) -> Bool { !object.isCrowd && object.mask.area >= minArea }

    /// The pixels that are copied with an object: those of the mask, or its tight rectangle. The label is the mask
    /// alike.
    public func region(of object: AnnotatedObject) -> ObjectMask {
        let takesPatch =
            switch shape {
            case .combined: object.mask.area <= maxPatchArea
            case .instance: false
            case .patch: true
            }
        return takesPatch ? ObjectMask(filling: object.box) : object.mask
    }
}

extension [ObjectMask] {
    /// 1 on the pixels of any of them, else 0.
    public func union(height: Int, width: Int) -> MixMask {
        var map = MixMask(height: height, width: width, channels: 1, filledWith: 0)
        for mask in self { mask.paint(1, into: &map) }
        return map
    }
}

extension [AnnotatedObject] {
    /// What is left of objects over which something is pasted.
    ///
    /// - Parameters:
    ///   - cover: not 0 where they are covered.
    ///   - maxCoveredShare: one of which a larger share is covered is dropped; with 1 only those without a pixel.
    ///   - areDisjoint: whether a pixel that two claim belongs to the later one.
    ///   - keepsVanished: whether one without a pixel left stays in the list, with an empty mask.
    public func uncovered(
        by cover: MixMask, maxCoveredShare: Double = 1, areDisjoint: Bool = false, keepsVanished: Bool = false
    ) -> [AnnotatedObject] {
        var claimed = cover
        var left: [AnnotatedObject] = []
        for object in reversed() {
            let rest = object.mask.restricted(by: claimed, keepsMarked: false)
            let area = object.mask.area
            let covered = area == 0 ? 1 : 1 - Double(rest.area) / Double(area)
            guard covered <= maxCoveredShare, keepsVanished || !rest.isEmpty else { continue }
            if areDisjoint && !object.isCrowd { rest.paint(1, into: &claimed) }
            var remaining = object
            remaining.mask = rest
            left.append(remaining)
        }
        return left.reversed()
    }
}
