public import Annotations
public import Detection
public import NN
public import TensorEngine
public import WeightFiles

/// The sizes of a decoder that finds objects, and what is known of it before it is made.
public protocol ObjectDecoderConfig: Sendable, Equatable {
    /// Its children at the top of a network, with the names of their tensors in files.
    var weightParts: [WeightPart] { get }
    /// Whether the objects it finds cover every pixel, so that it gives class scores; see `ObjectDecoder.classScores`.
    ///
    /// - Parameters:
    ///   - things: train ids of its classes.
    ///   - classCount: of the network.
    func labelsPixels(things: [UInt8], of classCount: Int) -> Bool
    /// Whether it learns objects of which a crop shows no pixel.
    var learnsEmptyObjects: Bool { get }
    /// What its outputs depend on and no shape of a tensor tells, by name.
    var untoldSizes: [String: Double] { get }
    /// Whether it learns from an object; published rules differ in what is too small, and none takes crowds.
    func learns(from object: AnnotatedObject) -> Bool
    /// What passes hold besides the encoder's maps, for plans of jobs.
    var memory: DecoderMemory { get }

    /// - Parameters:
    ///   - inputs: what the encoder delivers.
    ///   - things: train ids of the classes whose objects are found, ascending.
    ///   - classCount: of the network, those that have no objects included.
    ///   - scope: of the network, below which the decoder's children lie.
    func makeDecoder(
        _ inputs: FeaturePyramid.Layout, things: [UInt8], classCount: Int, in scope: ModuleScope
    ) -> any ObjectDecoder

    /// Takes the sizes of a file's decoder.
    ///
    /// - Parameter file: of the whole network.
    /// - Returns: its number of classes of objects.
    mutating func takeSizes(of file: WeightShapes) throws(WeightsError) -> Int
}

extension ObjectDecoderConfig {
    /// Most know their objects and nothing of what lies between.
    public func labelsPixels(things: [UInt8], of classCount: Int) -> Bool { false }

    public var learnsEmptyObjects: Bool { false }

    public var untoldSizes: [String: Double] { [:] }

    /// Those that have a box of some width and height, as EDAPS has it.
    public func learns(from object: AnnotatedObject) -> Bool { object.isTrainable }

    /// Equality behind an existential.
    func isEqual(to other: any ObjectDecoderConfig) -> Bool { (other as? Self) == self }
}

/// Finds objects in an encoder's maps: Mask R-CNN, beside a decoder of classes or alone.
///
/// Its children are children of the network (`neck`, `rpn_head`, `roi_head`), as published checkpoints have them.
public protocol ObjectDecoder: ParameterGrouping {
    associatedtype Config: ObjectDecoderConfig

    var config: Config { get }
    /// Train ids of the classes whose objects it finds, ascending.
    var things: [UInt8] { get }
    /// Train ids of the classes that detections are chosen among; nil for all. A model that learnt the objects of a
    /// group knows nothing of the others, which must not take the places of those that it knows.
    var soughtThings: Set<UInt8>? { get set }

    /// Normalised images of a network of objects alone are padded with zeros, at the right and below, to multiples of
    /// so many pixels.
    var imageMultiple: Int { get }

    /// The losses of images whose objects are known: the student's part of those of the global batch.
    ///
    /// Collective over the students, through `batch.makeGlobal` alone.
    ///
    /// - Parameters:
    ///   - pyramid: of images without noise, or as the pass of a training step has it.
    ///   - batch: the objects of the same images.
    /// - Returns: terms by name; empty where an image of the global batch has no object to learn from.
    func losses(
        _ pyramid: FeaturePyramid, _ batch: ObjectBatch, in context: ForwardContext
    ) throws -> [(name: String, loss: Tensor)]

    /// What transformers reads of a network of this decoder on an encoder that it knows; nil where it knows none.
    func transformersConfiguration(around encoder: TransformersConfiguration) -> TransformersConfiguration?

    /// Why transformers knows no network of this decoder on that encoder, for a person; nil where it knows one.
    func transformersGap(around encoder: TransformersConfiguration) -> String?

    /// Whether its `outputs` say something of boxes.
    var takesBoxes: Bool { get }

    /// What it makes of maps, and of boxes where it takes some, for a comparison with another program.
    ///
    /// - Parameter boxes: of every image, in pixels; nil where none are given.
    /// - Returns: maps in our order of axes, or tensors of another rank as the other program has them.
    func outputs(_ pyramid: FeaturePyramid, boxes: [[Box]]?, in context: ForwardContext) -> [ForwardOutput]

    /// Objects with class and score, by descending score; their masks may overlap.
    ///
    /// - Parameters:
    ///   - height: of the images that entered the network.
    ///   - size: of the masks, that the images had before they were resized.
    func detections(
        _ pyramid: FeaturePyramid, height: Int, width: Int, masksOf size: (height: Int, width: Int),
        in context: ForwardContext
    ) -> [[AnnotatedObject]]

    /// Class scores of every pixel, for a network without a decoder of classes.
    ///
    /// - Parameters:
    ///   - height: of the images that entered the network.
    /// - Returns: `[B, h, w, classCount]`, by train id, at any stride; nil where objects do not cover every pixel, as
    ///   `labelsPixels` of its config says.
    func classScores(_ pyramid: FeaturePyramid, height: Int, width: Int, in context: ForwardContext) -> Tensor?

    /// Segments that cover images without overlap, which need no fusion of classes and objects.
    ///
    /// - Parameters:
    ///   - height: of the images that entered the network.
    ///   - size: of the maps, that the images had before they were resized.
    /// - Returns: of every image a class map, 255 where nothing is, and the segments of things as objects; nil where
    ///   objects do not cover every pixel.
    func segments(
        _ pyramid: FeaturePyramid, height: Int, width: Int, mapsOf size: (height: Int, width: Int),
        in context: ForwardContext
    ) -> [Annotation]?
}

extension ObjectDecoder {
    public func transformersConfiguration(
        around encoder: TransformersConfiguration
    ) -> TransformersConfiguration? { nil }

    public func transformersGap(around encoder: TransformersConfiguration) -> String? {
        transformersConfiguration(around: encoder) == nil ? "transformers has no such decoder of objects" : nil
    }

    public func classScores(
        _ pyramid: FeaturePyramid, height: Int, width: Int, in context: ForwardContext
    ) -> Tensor? { nil }

    public func segments(
        _ pyramid: FeaturePyramid, height: Int, width: Int, mapsOf size: (height: Int, width: Int),
        in context: ForwardContext
    ) -> [Annotation]? { nil }

    public var imageMultiple: Int { 1 }

    public var takesBoxes: Bool { false }

    /// Whether its objects cover every pixel.
    ///
    /// - Parameter classCount: of the network.
    public func labelsPixels(of classCount: Int) -> Bool { config.labelsPixels(things: things, of: classCount) }

    public func outputs(
        _ pyramid: FeaturePyramid, boxes: [[Box]]?, in context: ForwardContext
    ) -> [ForwardOutput] { [] }
}

/// The objects of the student's images of one pass.
public struct ObjectBatch {
    /// Of every image; crowds are among them, and no decoder learns from those.
    public let objects: [[AnnotatedObject]]
    /// Train ids of all pixels, `[B, H, W]`, 255 where ignored; for decoders whose regions cover every pixel.
    public let labels: [Int32]?
    /// Of every image.
    public let height: Int
    public let width: Int
    /// Places of the images in the global batch: what is drawn for an image follows its slot.
    public let slots: [Int]
    public let seed: UInt64
    public let step: Int
    /// Tells the draws of the passes of a step apart.
    public let pass: String
    /// Sums over all students, element by element; collective.
    public let makeGlobal: (inout [Double]) throws -> Void

    public init(
        objects: [[AnnotatedObject]], labels: [Int32]? = nil, height: Int, width: Int, slots: [Int], seed: UInt64,
        step: Int, pass: String, makeGlobal: @escaping (inout [Double]) throws -> Void
    ) {
        precondition(
            objects.count == slots.count
                && labels?.count ?? objects.count * height * width == objects.count * height * width,
            "ObjectBatch: objects of \(objects.count) images, \(slots.count) slots, \(labels?.count ?? 0) labels")
        self.objects = objects
        self.labels = labels
        self.height = height
        self.width = width
        self.slots = slots
        self.seed = seed
        self.step = step
        self.pass = pass
        self.makeGlobal = makeGlobal
    }
}
