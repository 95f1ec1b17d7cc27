public import ImageIO

/// What is known about the pixels of an image.
public struct Annotation: Sendable, Equatable {
    /// The train id of pixels that are neither trained on nor scored.
    public static let ignored: UInt8 = 255

    /// Train ids `[H, W, 1]`, 255 where ignored or padded.
    public var classes: LabelMap
    /// The objects, in the order of their file; nil where they are not read, which is another thing than an image
    /// without any. Crowds are among them. Their masks may overlap, and say nothing about `classes`; they are empty
    /// only where a setting keeps what a crop has cut off.
    public var objects: [AnnotatedObject]?

    /// - Precondition: the objects lie inside the map.
    public init(classes: LabelMap, objects: [AnnotatedObject]? = nil) {
        precondition(classes.channels == 1, "Annotation: a class map has one channel, got \(classes.channels)")
        for object in objects ?? [] {
            precondition(
                object.box.bottom <= classes.height && object.box.right <= classes.width,
                "Annotation: an object in \(object.box) of a map of \(classes.height)x\(classes.width)")
        }
        self.classes = classes
        self.objects = objects
    }

    /// This one with the pixels of crowds ignored in the map of classes: what panoptic networks are trained on, and the
    /// truth that they are scored against.
    public var ignoringCrowds: Annotation {
        guard let objects, objects.contains(where: \.isCrowd) else { return self }
        var result = self
        for object in objects where object.isCrowd { object.mask.paint(Self.ignored, into: &result.classes) }
        return result
    }

    /// Classes and objects resized alike, as `PixelImage.resizedNearest` does; objects that no pixel shows any more are
    /// gone.
    public func resizedNearest(height: Int, width: Int, sampling: NearestSampling = .corner) -> Annotation {
        Annotation(
            classes: classes.resizedNearest(height: height, width: width, sampling: sampling),
            objects: objects?.resizedNearest(
                from: (self.height, self.width), to: (height, width), sampling: sampling))
    }

    /// At the top left of a larger map, ignored elsewhere.
    public func padded(height: Int, width: Int) -> Annotation {
        Annotation(classes: classes.padded(height: height, width: width, with: Self.ignored), objects: objects)
    }

    public var height: Int { classes.height }
    public var width: Int { classes.width }
}
