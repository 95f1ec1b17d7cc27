public import Annotations
import Detection
public import NN
import TensorEngine

extension Mask2Former {
    /// What an image shows: the best pairs of a query and a class, with the query's mask where its logits are above 0.
    /// The score is the probability of the class times the mean probability inside the mask (the authors' test of
    /// instances).
    ///
    /// There is no threshold, no suppression, and objects may overlap. Those without a pixel are left out, and so are
    /// classes without objects, after they have competed with the others. Masks are brought to their size one by one.
    public func detections(
        _ pyramid: FeaturePyramid, height: Int, width: Int, masksOf size: (height: Int, width: Int),
        in context: ForwardContext
    ) -> [[AnnotatedObject]] {
        withoutGradients {
            let prediction = result(pyramid, in: context)
            let raster = MaskRaster(
                cells: (pyramid.finest.shape[1], pyramid.finest.shape[2]),
                entered: entered(pyramid, height: height, width: width), content: (height, width), size: size)
            let probabilities = sought(prediction.classes.softmax().values())
            let length = probabilities.count / prediction.imageCount
            return (0..<prediction.imageCount).map { image in
                let choices = QuerySelector.best(
                    probabilities[image * length..<(image + 1) * length], classCount: classes.count,
                    limit: config.detections.perImage)
                return objects(choices.filter { things.contains(classes[$0.classIndex]) }, prediction, image, raster)
            }
        }
    }

    /// Probabilities in which those of classes that are not sought are no numbers, so that no choice falls on them.
    private func sought(_ probabilities: [Float]) -> [Float] {
        guard let soughtThings else { return probabilities }
        let width = classes.count + 1
        var result = probabilities
        for (place, trainID) in classes.enumerated() where !soughtThings.contains(trainID) {
            for index in stride(from: place, to: result.count, by: width) { result[index] = .nan }
        }
        return result
    }

    /// The size in which images entered the encoder: larger than they are where somebody padded them, which the maps
    /// tell.
    func entered(_ pyramid: FeaturePyramid, height: Int, width: Int) -> (height: Int, width: Int) {
        func side(_ length: Int, cells: Int) -> Int {
            let stride = pyramid.layout.finest.stride
            return cells == (length + stride - 1) / stride ? length : cells * stride
        }
        return (side(height, cells: pyramid.finest.shape[1]), side(width, cells: pyramid.finest.shape[2]))
    }

    private func objects(
        _ choices: [QuerySelector.Choice], _ prediction: Prediction, _ image: Int, _ raster: MaskRaster
    ) -> [AnnotatedObject] {
        let queries = Set(choices.map(\.query)).sorted()
        guard !queries.isEmpty else { return [] }
        let logits = prediction.masks(ofQueries: queries, image: image).values()
        let length = logits.count / queries.count
        let found = concurrently(queries.count) { place in
            logits.withUnsafeBufferPointer { logits in
                raster.object(UnsafeBufferPointer(rebasing: logits[place * length..<(place + 1) * length]))
            }
        }
        let masks = Dictionary(uniqueKeysWithValues: zip(queries, found))
        let objects = choices.compactMap { choice -> AnnotatedObject? in
            guard let (mask, confidence) = masks[choice.query], !mask.isEmpty else { return nil }
            return AnnotatedObject(
                trainID: classes[choice.classIndex], mask: mask, score: choice.probability * confidence)
        }
        // Equal scores stay in the order of the choices.
        return objects.enumerated().sorted {
            let (first, second) = ($0.element.score ?? 0, $1.element.score ?? 0)
            return first == second ? $0.offset < $1.offset : first > second
        }.map(\.element)
    }
}

extension Prediction {
    /// Mask logits `[queries, h, w]` of some queries of an image.
    func masks(ofQueries queries: [Int], image: Int) -> Tensor {
        let rows = IndexTensor(queries.map { Int32(image * queryCount + $0) }, shape: [1, queries.count])
        let chosen = embeddings.reshaped([imageCount * queryCount, -1]).gathered(rows)
        let masks = chosen.masks(on: maskFeatures.sliced(image..<image + 1, axis: 0))
        return masks.reshaped(Array(masks.shape.dropFirst()))
    }
}
