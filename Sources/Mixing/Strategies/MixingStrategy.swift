public import Annotations
public import ImageIO
public import Randomness

/// A way to make one image to learn from out of a labelled source image and a target image with the labels of a
/// teacher.
///
/// A strategy decides for one slot of the global batch at a time, from what it is told and from draws of the slot's own
/// stream, so that a slot is mixed alike whichever rank does it.
public protocol MixingStrategy {
    /// Whether it looks at objects. Those of the source are then read; those of the target are there where the method
    /// has a labeler that makes them, and nil elsewhere (self-training asks for class maps).
    var needsObjects: Bool { get }
    /// Whether it cannot work without the objects of the target: a method must have a labeler that makes them.
    var needsTargetObjects: Bool { get }

    /// What is pasted onto what, and which objects survive.
    ///
    /// - Parameter random: of this seed, step and slot.
    func mixture(of pair: MixingPair, using random: inout RandomStream) -> Mixture
}

extension MixingStrategy {
    public var needsObjects: Bool { false }
    public var needsTargetObjects: Bool { false }
}

/// A strategy that remembers something from step to step, as a pool of rare objects does.
///
/// It remembers for each slot apart, and only what that slot's own images and draws gave, so that 1, 2 and 4 students
/// mix alike. A checkpoint keeps the memory of every slot, and the student that has the slot afterwards goes on with
/// it. A step that is skipped because its loss was not finite is remembered like any other.
public protocol RememberingStrategy: MixingStrategy, AnyObject {
    /// What it remembers of a slot; empty for nothing. Equal memories are equal bytes.
    func memory(ofSlot slot: Int) -> [UInt8]
    /// Goes on as after `memory(ofSlot:)` gave these bytes.
    ///
    /// - Throws: when they are none of this strategy's.
    func restore(_ memory: [UInt8], ofSlot slot: Int) throws(MixingMemoryError)
}

/// Bytes from which a strategy cannot go on.
public struct MixingMemoryError: Error, Sendable, CustomStringConvertible {
    public let slot: Int
    public let reason: String

    public init(slot: Int, _ reason: String) {
        self.slot = slot
        self.reason = reason
    }

    public var description: String {
        "what mixing remembers of slot \(slot) cannot be used: \(reason); go on with the setting that it was saved with"
    }
}

/// An image with what is known about it.
public struct AnnotatedImage: Sendable {
    public var image: RGBImage
    public var annotation: Annotation
    /// What each pixel counts in a loss, `[H, W]`; nil where all count 1.
    public var weights: [Float]?

    /// - Precondition: equal sizes.
    public init(image: RGBImage, annotation: Annotation, weights: [Float]? = nil) {
        precondition(
            image.height == annotation.height && image.width == annotation.width
                && weights?.count ?? image.height * image.width == image.height * image.width,
            "AnnotatedImage: annotation \(annotation.height)x\(annotation.width) and weights do not fit the image "
                + "\(image.height)x\(image.width)")
        self.image = image
        self.annotation = annotation
        self.weights = weights
    }
}

/// What a strategy is told about one slot.
public struct MixingPair: Sendable {
    public let step: Int
    /// Place in the global batch.
    public let slot: Int
    /// With the labels of its file, which count 1.
    public let source: AnnotatedImage
    /// With the labels of the teacher, and what they count.
    public internal(set) var target: AnnotatedImage
    /// Label values of the global batch of the images that are pasted, ascending, the ignore label included: of the
    /// source's, but for strategies that say otherwise.
    public let classes: [UInt8]

    /// - Precondition: images of one size.
    public init(step: Int, slot: Int, source: AnnotatedImage, target: AnnotatedImage, classes: [UInt8]) {
        precondition(
            source.image.height == target.image.height && source.image.width == target.image.width,
            "MixingPair: source \(source.image.height)x\(source.image.width) and target "
                + "\(target.image.height)x\(target.image.width) do not fit")
        self.step = step
        self.slot = slot
        self.source = source
        self.target = target
        self.classes = classes
    }
}
