public import Annotations
public import ImageIO

/// Which pixels are pasted: 1 for pasted, 0 for kept. `[H, W, 1]`.
public typealias MixMask = PixelImage<UInt8>

/// Pixels of one image laid over another, with their classes and weights, and the objects that come with them.
public struct Paste: Sendable {
    public let from: AnnotatedImage
    public let mask: MixMask
    /// In the mixture, unless something is pasted over them; nil where objects are not known.
    public let objects: [AnnotatedObject]?

    /// - Parameter objects: nil for what the mask shows of the image's own.
    public init(_ from: AnnotatedImage, mask: MixMask, objects: [AnnotatedObject]? = nil) {
        self.from = from
        self.mask = mask
        self.objects = objects ?? from.annotation.objects?.restricted(by: mask, keepsMarked: true)
    }
}

/// What a strategy decided for one slot: an image, and what is pasted onto it, one after another.
public struct Mixture: Sendable {
    /// The target image, or the source image where target objects are pasted.
    public let base: AnnotatedImage
    public let pastes: [Paste]
    /// Those that survive, with their new masks; nil where they are not known of both images.
    public let objects: [AnnotatedObject]?

    /// - Parameter objects: nil for what follows from the order: a paste covers what lies below, and an object without
    ///   a visible pixel is gone.
    public init(_ base: AnnotatedImage, pastes: [Paste] = [], objects: [AnnotatedObject]? = nil) {
        self.base = base
        self.pastes = pastes
        self.objects = objects ?? Self.visible(base, pastes)
    }

    /// - Parameter objects: all that survive; nil where they are not known.
    public init(_ base: AnnotatedImage, pastes: [Paste], known objects: [AnnotatedObject]?) {
        self.base = base
        self.pastes = pastes
        self.objects = objects
    }

    private static func visible(_ base: AnnotatedImage, _ pastes: [Paste]) -> [AnnotatedObject]? {
        var objects = base.annotation.objects
        for paste in pastes {
            guard let below = objects, let pasted = paste.objects else { return nil }
            objects = below.restricted(by: paste.mask, keepsMarked: false) + pasted
        }
        return objects
    }

    /// The mixed image: colours, classes and weights from wherever each pixel came last.
    public func mixed() -> AnnotatedImage {
        var result = base
        for paste in pastes {
            result.image = result.image.pasting(paste.from.image, where: paste.mask)
            result.annotation.classes = result.annotation.classes.pasting(
                paste.from.annotation.classes, where: paste.mask)
            paste.pasteWeights(into: &result.weights)
        }
        result.annotation.objects = objects
        return result
    }
}

extension Paste {
    fileprivate func pasteWeights(into weights: inout [Float]?) {
        guard weights != nil || from.weights != nil else { return }
        var result = weights ?? [Float](repeating: 1, count: mask.pixels.count)
        weights = nil
        result.withUnsafeMutableBufferPointer { output in
            mask.forEachMarkedRun { run in
                if let own = from.weights {
                    _ = output[run].update(fromContentsOf: own[run])
                } else {
                    output[run].update(repeating: 1)
                }
            }
        }
        weights = result
    }
}

extension PixelImage {
    /// The image with the pixels of another where the mask is not 0.
    ///
    /// - Precondition: equal sizes and channels; `mask` has one channel.
    public func pasting(_ other: PixelImage<Scalar>, where mask: MixMask) -> PixelImage<Scalar> {
        precondition(
            other.height == height && other.width == width && other.channels == channels && mask.height == height
                && mask.width == width && mask.channels == 1,
            "pasting: \(other.height)x\(other.width) with a mask of \(mask.height)x\(mask.width) onto "
                + "\(height)x\(width)"
        )
        let channels = channels
        var mixed = self
        mixed.pixels.withUnsafeMutableBufferPointer { output in
            other.pixels.withUnsafeBufferPointer { input in
                mask.forEachMarkedRun { run in
                    let values = run.lowerBound * channels..<run.upperBound * channels
                    _ = output[values].update(fromContentsOf: input[values])
                }
            }
        }
        return mixed
    }
}

extension MixMask {
    /// Visits the longest runs of pixels that are not 0, in order. Objects are wide, so whole runs are copied at once.
    fileprivate func forEachMarkedRun(_ body: (Range<Int>) -> Void) {
        pixels.withUnsafeBufferPointer { mask in
            var start = 0
            while start < mask.count {
                let isMarked = mask[start] != 0
                var end = start &+ 1
                while end < mask.count && (mask[end] != 0) == isMarked { end &+= 1 }
                if isMarked { body(start..<end) }
                start = end
            }
        }
    }
}
