import Annotations
import Datasets
import Detection
import Evaluation
import ImageIO
import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// Notes what it is asked, and finds one object in the upper half of every image, and one without a pixel.
private final class NotingDecoder: ObjectDecoder {
    struct Config: ObjectDecoderConfig {
        var weightParts: [WeightPart] { [] }
        var memory: DecoderMemory { DecoderMemory(kept: 0, passing: 0) }
        mutating func takeSizes(of file: WeightShapes) -> Int { 0 }

        func makeDecoder(
            _ inputs: FeaturePyramid.Layout, things: [UInt8], classCount: Int, in scope: ModuleScope
        ) -> any ObjectDecoder { NotingDecoder(things) }
    }

    struct Question: Equatable {
        let entered: [Int]
        let size: [Int]
        let map: [Float]
    }

    let config = Config()
    let things: [UInt8]
    var soughtThings: Set<UInt8>?
    private(set) var questions: [Question] = []

    init(_ things: [UInt8]) { self.things = things }

    var children: [(name: String, module: any Module)] { [] }
    var parameterGroups: [ParameterGroup] { [] }

    func losses(
        _ pyramid: FeaturePyramid, _ batch: ObjectBatch, in context: ForwardContext
    ) -> [(name: String, loss: Tensor)] { [] }

    func detections(
        _ pyramid: FeaturePyramid, height: Int, width: Int, masksOf size: (height: Int, width: Int),
        in context: ForwardContext
    ) -> [[AnnotatedObject]] {
        questions.append(
            Question(
                entered: [height, width], size: [size.height, size.width], map: pyramid.maps[0].values()))
        let half = ObjectMask((0..<size.height / 2).map { PixelRun(row: $0, start: 0, end: size.width) })
        return [
            [
                AnnotatedObject(trainID: things[0], mask: half, score: 0.9),
                AnnotatedObject(trainID: things[0], mask: ObjectMask(), score: 0.5),
            ]
        ]
    }
}

@Suite struct ObjectPredictionTests {
    private let network: SegmentationNetwork
    private let decoder: NotingDecoder
    private let image = RGBImage(
        height: 64, width: 96, channels: 3,
        pixels: (0..<64 * 96 * 3).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) })

    init() throws {
        var head = DAFormerHead.Config()
        head.width = 8
        network = SegmentationNetwork(
            SegmentationNetwork.Config(
                encoder: MixTransformer.Config(channels: [8, 16, 40, 64], depths: [1, 1, 1, 1], heads: [1, 2, 5, 8]),
                decoder: head, classCount: 19, objects: (NotingDecoder.Config(), [11, 13])),
            in: ModuleScope(seed: 3))
        decoder = try #require(network.objectDecoder as? NotingDecoder)
    }

    @Test func objectsComeFromTheMapsThatTheClassesComeFrom() throws {
        let prediction = try ImagePredictor(network).predict(image, name: "a")
        // Those without a pixel are none.
        #expect(prediction.objects?.map(\.mask.area) == [32 * 96])
        #expect(
            prediction.annotation.objects == prediction.objects && prediction.annotation.classes == prediction.labels)
        let maps = network.features(ImagePredictor.normalized([image]), in: .evaluation)
        #expect(decoder.questions == [.init(entered: [64, 96], size: [64, 96], map: maps.maps[0].values())])
    }

    @Test func nobodyLooksForObjectsThatNobodyWants() throws {
        var predictor = ImagePredictor(network)
        let labels = try predictor.predict(image, name: "a").labels
        predictor.findsObjects = false
        let prediction = try predictor.predict(image, name: "a")
        #expect(prediction.objects == nil && prediction.labels == labels && decoder.questions.count == 1)
    }

    @Test func masksHaveTheImagesSizeWhereItEntersAtAnother() throws {
        var predictor = ImagePredictor(network)
        predictor.inputSize = { (height: $0 / 2, width: $1 / 2) }
        let prediction = try predictor.predict(image, name: "a")
        #expect(decoder.questions.map(\.entered) == [[32, 48]] && decoder.questions.map(\.size) == [[64, 96]])
        #expect(prediction.objects?.map(\.box.height) == [32])
    }

    @Test func besideWindowsObjectsComeFromTheWholeImage() throws {
        let grid = SlidingWindowGrid(windowHeight: 32, windowWidth: 32, strideHeight: 32, strideWidth: 32)
        let prediction = try ImagePredictor(network, mode: .sliding(grid)).predict(image, name: "a")
        #expect(prediction.objects?.count == 1)
        #expect(decoder.questions.map(\.entered) == [[64, 96]])
    }

    /// Every pixel is of no class, and objects are what they are beside a decoder of classes.
    @Test func aNetworkOfObjectsAloneSaysNoClasses() throws {
        let alone = SegmentationNetwork(
            SegmentationNetwork.Config(
                encoder: MixTransformer.Config(channels: [8, 16, 40, 64], depths: [1, 1, 1, 1], heads: [1, 2, 5, 8]),
                decoder: nil, classCount: 19, objects: (NotingDecoder.Config(), [11, 13])),
            in: ModuleScope(seed: 3))
        var predictor = ImagePredictor(alone)
        predictor.inputSize = { (height: $0 / 2, width: $1 / 2) }
        let prediction = try predictor.predict(image, name: "a")
        #expect(!prediction.hasClasses && prediction.labels.pixels.allSatisfy { $0 == Annotation.ignored })
        #expect(prediction.labels.height == 64 && prediction.confidence.pixels.allSatisfy { $0 == 0 })
        #expect(prediction.objects?.map(\.box.height) == [32])
        #expect(try ImagePredictor(network).predict(image, name: "a").hasClasses)

        let folder = TemporaryFolder()
        let ofInstances: [SubmissionFormat] = [.cityscapesInstances, .kitti360Instances]
        for format in SubmissionFormat.allCases where !ofInstances.contains(format) {
            let writer = try SubmissionWriter(format, folder: folder.path, labelSpace: .cityscapes19)
            #expect {
                _ = try writer.write(prediction, ofImage: "a_leftImg8bit.png")
            } throws: {
                "\($0)"
                    == "a_leftImg8bit.png: the network finds objects and says no classes of pixels, which the format "
                    + "\(format.rawValue) needs; use a network with a decoder of classes (model.decoder), or --format "
                    + (format == .kitti360 ? "kitti-360-instances" : "cityscapes-instances")
            }
        }
        for format in ofInstances {
            let writer = try SubmissionWriter(format, folder: folder.path, labelSpace: .cityscapes19)
            #expect(try writer.write(prediction, ofImage: "a_leftImg8bit.png") == nil)
        }
    }

    /// The lists of several networks are one, the surest object first.
    @Test func severalNetworksOfObjectsPredictTogether() throws {
        let networks = [11, 13].map { trainID in
            SegmentationNetwork(
                SegmentationNetwork.Config(
                    encoder: MixTransformer.Config(
                        channels: [8, 16, 40, 64], depths: [1, 1, 1, 1], heads: [1, 2, 5, 8]),
                    decoder: nil, classCount: 19, objects: (NotingDecoder.Config(), [trainID])),
                in: ModuleScope(seed: 3))
        }
        let joined = ImagePredictor(joining: networks.map { ImagePredictor($0) })
        let prediction = try joined.predict(image, name: "a")
        #expect(prediction.objects?.map(\.trainID) == [11, 13] && !prediction.hasClasses)
        #expect(prediction.objects?.map(\.score) == [0.9, 0.9])
    }

    @Test func objectsAreReadAsTheClassesThatAreScored() throws {
        let projection = try LabelProjection(from: .cityscapes19, to: .camvid11)
        let mask = ObjectMask([PixelRun(row: 0, start: 0, end: 1)])
        let objects = [11, 13, 18].map { AnnotatedObject(trainID: $0, mask: mask, score: 1) }
        let space = LabelSpace.camvid11
        let names = projection(objects).map { space.classes[Int($0.trainID)].name }
        #expect(names.allSatisfy { name in space.classes.contains { $0.name == name && $0.isThing } })
        #expect(projection(Annotation(classes: LabelMap(height: 1, width: 1, channels: 1, pixels: [0]))).objects == nil)
    }
}
