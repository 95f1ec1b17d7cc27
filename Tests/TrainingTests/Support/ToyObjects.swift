import Annotations
import Detection
import NN
import Randomness
import SegmentationModels
import TensorEngine

/// A decoder of objects in some lines: each cell of 8 pixels is an object of one class, or none.
///
/// It has what couples a real one to the step: sums that are divided by global counts, draws that belong to slots, the
/// rule that an image without objects makes all students skip, and scores.
final class ToyObjects: ObjectDecoder {
    struct Config: ObjectDecoderConfig {
        var weightParts: [WeightPart] { [] }
        var memory: DecoderMemory { DecoderMemory(kept: 0, passing: 0) }

        /// No file has one.
        mutating func takeSizes(of file: WeightShapes) -> Int { 0 }

        func makeDecoder(
            _ inputs: FeaturePyramid.Layout, things: [UInt8], classCount: Int, in scope: ModuleScope
        ) -> any ObjectDecoder {
            let channels = inputs.levels.first { $0.stride == ToyObjects.cell }?.channels ?? 0
            return ToyObjects(
                things: things, Linear(inputs: channels, outputs: things.count + 1, in: scope.child("toy_objects")),
                config: self)
        }
    }

    static let cell = 8
    /// As Mask R-CNN's, of which no detection has less.
    static let smallestScore: Float = 0.05
    let config: Config
    let things: [UInt8]
    var soughtThings: Set<UInt8>?
    private let classify: Linear

    private init(things: [UInt8], _ classify: Linear, config: Config) {
        self.config = config
        self.things = things
        self.classify = classify
    }

    var children: [(name: String, module: any Module)] { [("toy_objects", classify)] }
    var parameterGroups: [ParameterGroup] { headParameterGroups }

    /// `[B, h, w, classes + 1]`, the last one none.
    private func scores(_ pyramid: FeaturePyramid) -> Tensor {
        guard let map = pyramid[stride: Self.cell] else { preconditionFailure("ToyObjects: no map of cells") }
        return classify(map)
    }

    func losses(
        _ pyramid: FeaturePyramid, _ batch: ObjectBatch, in context: ForwardContext
    ) throws -> [(name: String, loss: Tensor)] {
        let learnt = batch.objects.map(\.trainable)
        let scores = scores(pyramid)
        let (rows, columns) = (scores.shape[1], scores.shape[2])
        var targets: [Int32] = []
        for (objects, slot) in zip(learnt, batch.slots) {
            var random = RandomStream(seed: batch.seed, "toy cells \(batch.pass)", step: batch.step, rank: slot)
            // Half of the cells without an object are left out, as samplers do.
            var cells = (0..<rows * columns).map { _ in random.uniform() < 0.5 ? Int32(things.count) : -1 }
            for object in objects {
                guard let place = things.firstIndex(of: object.trainID) else { continue }
                let (row, column) = (object.box.top / Self.cell, object.box.left / Self.cell)
                cells[row * columns + column] = Int32(place)
            }
            targets += cells
        }
        var counts = [Double(learnt.count { $0.isEmpty }), Double(targets.count { $0 >= 0 })]
        try batch.makeGlobal(&counts)
        guard counts[0] == 0 else { return [] }
        let sum = scores.upsampledCrossEntropy(
            labels: IndexTensor(targets, shape: [batch.objects.count, rows, columns]), weights: nil, ignoreIndex: -1)
        return [("cells", sum / Float(counts[1]))]
    }

    func outputs(_ pyramid: FeaturePyramid, boxes: [[Box]]?, in context: ForwardContext) -> [ForwardOutput] { [] }

    func detections(
        _ pyramid: FeaturePyramid, height: Int, width: Int, masksOf size: (height: Int, width: Int),
        in context: ForwardContext
    ) -> [[AnnotatedObject]] {
        let scores = scores(pyramid)
        let (rows, columns, classes) = (scores.shape[1], scores.shape[2], scores.shape[3])
        let values = scores.softmax().values()
        return (0..<scores.shape[0]).map { image in
            (0..<rows * columns).compactMap { cell in
                let start = (image * rows * columns + cell) * classes
                let own = values[start..<start + things.count]
                guard let best = own.indices.max(by: { own[$0] < own[$1] }), own[best] > Self.smallestScore else {
                    return nil
                }
                return AnnotatedObject(
                    trainID: things[best - start],
                    mask: Self.mask(row: cell / columns, column: cell % columns), score: own[best])
            }.sorted { ($0.score ?? 0) > ($1.score ?? 0) }
        }
    }

    static func mask(row: Int, column: Int) -> ObjectMask {
        ObjectMask(
            (row * cell..<(row + 1) * cell).map {
                PixelRun(row: $0, start: column * cell, end: (column + 1) * cell)
            })
    }
}
