public import Annotations
internal import ImageIO

/// What one pass of the network trains on, in host memory.
public struct TrainingBatch: Sendable, Equatable {
    /// B.
    public let count: Int
    public let height: Int
    public let width: Int
    /// Normalised colours `[B, H, W, 3]`.
    public let pixels: [Float]
    /// Train ids `[B, H, W]`, 255 where ignored.
    public let labels: [Int32]
    /// Loss weights `[B, H, W]`; nil when all are 1.
    public let weights: [Float]?
    /// The objects of every image; nil where they are not known of all images.
    public let objects: [[AnnotatedObject]]?

    package init(
        count: Int, height: Int, width: Int, pixels: [Float], labels: [Int32], weights: [Float]?,
        objects: [[AnnotatedObject]]? = nil
    ) {
        let area = count * height * width
        precondition(
            pixels.count == 3 * area && labels.count == area && weights?.count ?? area == area
                && objects?.count ?? count == count,
            "TrainingBatch: \(pixels.count) colours, \(labels.count) labels and \(weights?.count ?? area) weights do "
                + "not fill \(count)x\(height)x\(width)")
        self.count = count
        self.height = height
        self.width = width
        self.pixels = pixels
        self.labels = labels
        self.weights = weights
        self.objects = objects
    }

    /// - Parameters:
    ///   - annotations: of every image.
    ///   - weights: of every image, where some images have any; an image of nil weighs 1 everywhere.
    init(_ annotations: [Annotation], weights: [[Float]?]?, height: Int, width: Int, pixels: [Float]) {
        let objects = annotations.compactMap(\.objects)
        self.init(
            count: annotations.count, height: height, width: width, pixels: pixels,
            labels: PixelWeights.targets(annotations.map(\.classes)),
            weights: weights.map { PixelWeights.joined($0, area: height * width) },
            objects: objects.count == annotations.count ? objects : nil)
    }
}
