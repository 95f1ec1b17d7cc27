public import NN
public import TensorEngine

extension Mask2Former {
    /// Queries that one product takes at the size of images: the maps of all of them would not fit.
    private static let queriesAtOnce = 16

    /// Class scores of every pixel, where queries are of all classes: over the queries, the sum of the probability of
    /// the class times the probability of being inside the mask (the authors' semantic test). They are no
    /// probabilities, as several queries may show a pixel, or none.
    ///
    /// - Returns: `[B, height, width, classCount]`; nil where queries are of objects alone.
    public func classScores(_ pyramid: FeaturePyramid, height: Int, width: Int, in context: ForwardContext) -> Tensor? {
        guard config.classes == .all else { return nil }
        let prediction = result(pyramid, in: context)
        let shares = prediction.classes.softmax().sliced(0..<classes.count, axis: 2)
        let (whole, features) = (entered(pyramid, height: height, width: width), prediction.maskFeatures)
        let cells = features.reshaped([prediction.imageCount, -1, config.width])
        var sum: Tensor?
        for start in stride(from: 0, to: prediction.queryCount, by: Self.queriesAtOnce) {
            let queries = start..<min(start + Self.queriesAtOnce, prediction.queryCount)
            // As maps of queries, [B, h, w, n].
            let masks = cells.product(prediction.embeddings.sliced(queries, axis: 1), transposingRight: true)
                .reshaped(Array(features.shape.dropLast()) + [queries.count])
                .resized(height: whole.height, width: whole.width)
            let inside =
                (whole == (height, width) ? masks : masks.cropped(top: 0, left: 0, height: height, width: width))
                .sigmoid().reshaped([prediction.imageCount, height * width, queries.count])
            let part = inside.product(shares.sliced(queries, axis: 1))
            sum = sum.map { $0 + part } ?? part
        }
        return sum?.reshaped([prediction.imageCount, height, width, classes.count])
    }
}
