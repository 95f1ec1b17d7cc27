import Annotations
import ImageIO
import NN
import SegmentationModels
import TensorEngine
import _TestSupport

/// The decoder of `make_mask_rcnn_fixtures.py`, and its two images of 64 x 96 pixels.
struct TinyMaskRCNN {
    static let (height, width) = (64, 96)
    static let layout = FeaturePyramid.Layout(channels: [6, 8, 10, 12])
    /// The fixture's classes 0, 1 and 2.
    static let things: [UInt8] = [11, 13, 18]

    let fixture: SafeTensorsFile

    init() throws { fixture = try TinyModels.fixture("mask_rcnn_losses") }

    /// The sizes, with rules that take every candidate.
    static var config: MaskRCNN.Config {
        var config = MaskRCNN.Config()
        config.width = 16
        config.proposals.samples = 65_536
        config.proposals.positiveShare = 1
        config.proposals.trainingCandidates = 120
        config.proposals.candidates = 120
        config.proposals.kept = 100
        config.boxes.hidden = 20
        config.boxes.samples = 1000
        config.boxes.positiveShare = 1
        config.masks.convolutions = 2
        config.masks.width = 10
        config.detections.perImage = 6
        return config
    }

    func decoder(_ config: MaskRCNN.Config = Self.config) throws -> MaskRCNN {
        let decoder = MaskRCNN(config, Self.layout, things: Self.things, in: ModuleScope(seed: nil))
        for (name, parameter) in decoder.namedParameters { parameter.assign(try tensor(name)) }
        return decoder
    }

    /// A tensor in our order; the layer that reads maps laid flat has them cell by cell.
    func tensor(_ name: String) throws -> Tensor {
        let tensor = try fixture.tensor(name)
        guard name.hasSuffix("shared_fcs.0.weight") else { return tensor }
        let maps = tensor.reshaped([tensor.shape[0], Self.config.width, 7, 7])
        return maps.permuted([0, 2, 3, 1]).reshaped(tensor.shape)
    }

    /// An encoder's maps of some of the images, as leaves of the tape.
    func pyramid(_ images: Range<Int> = 0..<2) throws -> FeaturePyramid {
        FeaturePyramid(
            Self.layout,
            maps: try (0..<4).map { try fixture.tensor("map\($0)").sliced(images, axis: 0).trackingGradient() })
    }

    func objects(of image: Int) throws -> [AnnotatedObject] {
        let labels = try fixture.integers("object\(image).labels")
        return try zip(labels, masks("object\(image).masks")).map { label, mask in
            AnnotatedObject(trainID: Self.things[Int(label)], mask: mask)
        }
    }

    func masks(_ name: String) throws -> [ObjectMask] {
        let (shape, values) = (try fixture.entry(name).shape, try fixture.integers(name))
        let count = shape[1] * shape[2]
        return (0..<shape[0]).map { number in
            let pixels = values[number * count..<(number + 1) * count].map { UInt8($0) }
            return ObjectMask(ofNonzero: LabelMap(height: shape[1], width: shape[2], channels: 1, pixels: pixels))
        }
    }

    /// - Parameter makeGlobal: sums over all students; of one student by default.
    static func batch(
        _ objects: [[AnnotatedObject]], slots: [Int]? = nil, step: Int = 3, pass: String = "source",
        makeGlobal: @escaping (inout [Double]) throws -> Void = { _ in }
    ) -> ObjectBatch {
        ObjectBatch(
            objects: objects, height: height, width: width, slots: slots ?? Array(objects.indices), seed: 5, step: step,
            pass: pass, makeGlobal: makeGlobal)
    }

    static let terms = ["proposalScores", "proposalBoxes", "objectClasses", "objectBoxes", "objectMasks"]
}
