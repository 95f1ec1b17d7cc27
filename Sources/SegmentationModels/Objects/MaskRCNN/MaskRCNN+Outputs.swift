public import Detection
public import NN
import TensorEngine

extension MaskRCNN {
    public var takesBoxes: Bool { true }

    /// `fpn1`, … of each level, `rpn.scores1`, … and `rpn.deltas1`, …; with `N` boxes an image also `roi.classes`
    /// `[B, N, things + 1]`, `roi.deltas` `[B, N, 4 things]` and `roi.masks` `[B, N, things, h, w]`, all of them
    /// logits.
    ///
    /// - Precondition: as many boxes for each image, at least one, and none with its corners exchanged.
    public func outputs(_ pyramid: FeaturePyramid, boxes: [[Box]]?, in context: ForwardContext) -> [ForwardOutput] {
        let (maps, scores, deltas) = regionMaps(pyramid)
        func named(_ name: String, _ levels: [Tensor]) -> [ForwardOutput] {
            levels.enumerated().map { ForwardOutput("\(name)\($0 + 1)", $1) }
        }
        let outputs = named("fpn", maps) + named("rpn.scores", scores) + named("rpn.deltas", deltas)
        return outputs + (boxes.map { regionOutputs(maps, $0) } ?? [])
    }

    private func regionOutputs(_ maps: [Tensor], _ boxes: [[Box]]) -> [ForwardOutput] {
        let regions = regions(boxes)
        let (classes, deltas) = boxScores(maps, regions)
        let masks = maskScores(maps, regions)
        let images = [boxes.count, regions.count / boxes.count]
        let size = masks.shape[1]
        return [
            ForwardOutput("roi.classes", classes.reshaped(images + [classes.shape[1]])),
            ForwardOutput("roi.deltas", deltas.reshaped(images + [deltas.shape[1]])),
            // [R, h, w, things] -> [B, N, things, h, w]
            ForwardOutput("roi.masks", masks.permuted([0, 3, 1, 2]).reshaped(images + [things.count, size, size])),
        ]
    }
}
