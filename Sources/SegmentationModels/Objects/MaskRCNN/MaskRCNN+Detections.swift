public import Annotations
import Detection
public import NN
import TensorEngine

extension MaskRCNN {
    /// What an image shows: the best class scores of its proposals, after suppression within each class, with the mask
    /// of the class in the better box (mmdetection's test of Mask R-CNN).
    ///
    /// Three things come back to the host: what is said of anchors, what is said of proposals, and the masks that are
    /// pasted. Objects whose mask has no pixel at the size asked for are left out.
    public func detections(
        _ pyramid: FeaturePyramid, height: Int, width: Int, masksOf size: (height: Int, width: Int),
        in context: ForwardContext
    ) -> [[AnnotatedObject]] {
        withoutGradients {
            let levels = regionMaps(pyramid)
            let scores = AnchorScores(scores: levels.scores, deltas: levels.deltas, anchorGenerator)
            let selector = proposalSelector(isTraining: false)
            let proposals = concurrently(pyramid.maps[0].shape[0]) { image in
                selector.proposals(scores.levels(of: image), height: height, width: width)
            }
            let found = foundBoxes(levels.maps, proposals, height: height, width: width)
            let masks = pastedMasks(levels.maps, found, height: height, width: width, size)
            var next = 0
            return found.map { boxes in
                boxes.compactMap { box in
                    defer { next += 1 }
                    return AnnotatedObject(trainID: things[box.classIndex], mask: masks[next], score: box.score)
                        .withMask(masks[next])
                }
            }
        }
    }

    /// The objects of every image, without their masks.
    private func foundBoxes(_ maps: [Tensor], _ proposals: [[Box]], height: Int, width: Int) -> [[FoundBox]] {
        let regions = regions(proposals)
        guard !regions.isEmpty else { return proposals.map { _ in [] } }
        let (classes, deltas) = boxScores(maps, regions)
        let flat = [classes.softmax(), deltas].map { $0.reshaped([$0.count]) }
        var values = Tensor.concatenated(flat, axis: 0).values()
        for (place, trainID) in things.enumerated() where soughtThings?.contains(trainID) == false {
            for index in stride(from: place, to: classes.count, by: things.count + 1) { values[index] = 0 }
        }
        let found = values
        let rules = config.detections
        let selector = DetectionSelector(
            scoreFloor: rules.scoreFloor, suppression: Suppression(overlap: rules.overlap, limit: rules.perImage),
            coder: regionCoder)
        var ends: [Int] = []
        for boxes in proposals { ends.append((ends.last ?? 0) + boxes.count) }
        return concurrently(proposals.count) { image in
            let rows = ends[image] - proposals[image].count..<ends[image]
            func slice(_ first: Int, _ length: Int) -> ArraySlice<Float> {
                found[first + rows.lowerBound * length..<first + rows.upperBound * length]
            }
            return selector.detections(
                proposals[image][...], probabilities: slice(0, things.count + 1),
                deltas: slice(classes.count, 4 * things.count), classCount: things.count, height: height, width: width)
        }
    }

    /// The masks of all objects, image after image.
    private func pastedMasks(
        _ maps: [Tensor], _ found: [[FoundBox]], height: Int, width: Int, _ size: (height: Int, width: Int)
    ) -> [ObjectMask] {
        let boxes = found.flatMap { $0 }
        guard !boxes.isEmpty else { return [] }
        let scores = maskScores(maps, regions(found.map { $0.map(\.box) }))
        let side = scores.shape[1]
        let probabilities = maskLogits(scores, ofClasses: boxes.map { Int32($0.classIndex) }).sigmoid().values()
        let (x, y) = (Float(size.width) / Float(width), Float(size.height) / Float(height))
        return concurrently(boxes.count) { place in
            ObjectMask(
                pasting: probabilities[place * side * side..<(place + 1) * side * side], size: side,
                in: boxes[place].box.scaled(x: x, y: y), height: size.height, width: size.width,
                threshold: config.masks.threshold)
        }
    }
}
