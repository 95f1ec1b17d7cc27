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

    package init(count: Int, height: Int, width: Int, pixels: [Float], labels: [Int32], weights: [Float]?) {
        let area = count * height * width
        precondition(
            pixels.count == 3 * area && labels.count == area && weights?.count ?? area == area,
            "TrainingBatch: \(pixels.count) colours, \(labels.count) labels and \(weights?.count ?? area) weights do "
                + "not fill \(count)x\(height)x\(width)")
        self.count = count
        self.height = height
        self.width = width
        self.pixels = pixels
        self.labels = labels
        self.weights = weights
    }
}
