public import Annotations
import Detection
import ImageIO
public import NN
import TensorEngine

extension Mask2Former {
    /// Segments that cover an image without overlap, where queries are of all classes: queries whose likeliest class is
    /// one, with a probability above `segmentScore`, share the pixels out (the authors' panoptic test).
    ///
    /// Those of a class without objects are one region. Pixels of nobody are ignored in the class map.
    ///
    /// - Parameters:
    ///   - height: of the images that entered the network.
    ///   - size: of the maps.
    /// - Returns: of every image its class map, with the segments of things as objects; nil where queries are of
    ///   objects alone.
    public func segments(
        _ pyramid: FeaturePyramid, height: Int, width: Int, mapsOf size: (height: Int, width: Int),
        in context: ForwardContext
    ) -> [Annotation]? {
        guard config.classes == .all else { return nil }
        return withoutGradients {
            let prediction = result(pyramid, in: context)
            let raster = MaskRaster(
                cells: (pyramid.finest.shape[1], pyramid.finest.shape[2]),
                entered: entered(pyramid, height: height, width: width), content: (height, width), size: size)
            let probabilities = prediction.classes.softmax().values()
            let length = probabilities.count / prediction.imageCount
            return (0..<prediction.imageCount).map { image in
                let kept = candidates(probabilities[image * length..<(image + 1) * length])
                return annotation(kept, prediction, image, raster)
            }
        }
    }

    private typealias Candidate = (query: Int, classIndex: Int, score: Float)

    /// Queries that are more likely of a class than of none, and surely enough.
    private func candidates(_ probabilities: ArraySlice<Float>) -> [Candidate] {
        let width = classes.count + 1
        return (0..<probabilities.count / width).compactMap { query in
            let row = probabilities[
                probabilities.startIndex + query * width..<probabilities.startIndex + (query + 1) * width]
            guard let best = row.indices.max(by: { row[$0] < row[$1] }) else { return nil }
            let place = best - row.startIndex
            return place < classes.count && row[best] > config.detections.segmentScore ? (query, place, row[best]) : nil
        }
    }

    private func annotation(
        _ candidates: [Candidate], _ prediction: Prediction, _ image: Int, _ raster: MaskRaster
    ) -> Annotation {
        var map = LabelMap(height: raster.height, width: raster.width, channels: 1, filledWith: Annotation.ignored)
        guard !candidates.isEmpty else { return Annotation(classes: map, objects: []) }
        let logits = prediction.masks(ofQueries: candidates.map(\.query), image: image).values()
        let merger = SegmentMerger(raster, share: config.detections.segmentShare)
        let masks = logits.withUnsafeBufferPointer { logits in
            merger.segments(logits, scores: candidates.map(\.score)) { count, body in
                Engine.parallelFor(count, grain: 8) { places in for place in places { body(place) } }
            }
        }
        var objects: [AnnotatedObject] = []
        for (candidate, mask) in zip(candidates, masks) where !mask.isEmpty {
            let trainID = classes[candidate.classIndex]
            mask.paint(trainID, into: &map)
            guard things.contains(trainID) else { continue }
            objects.append(AnnotatedObject(trainID: trainID, mask: mask, score: candidate.score))
        }
        return Annotation(classes: map, objects: objects)
    }
}
