public import Detection
public import NN
public import TensorEngine

/// A network whose outputs are maps of images, and whose weights can be read and written: an encoder, or a whole one.
public protocol SegmentationModel: WeightedNetwork {
    /// The shortest side of an image in pixels.
    var smallestSide: Int { get }

    /// Whether its outputs say something of boxes.
    var takesBoxes: Bool { get }

    /// What it makes of images, for a comparison with another program.
    ///
    /// - Parameters:
    ///   - images: `[B, H, W, 3]`, normalised.
    ///   - boxes: of every image, for networks that say something of boxes; nil where none are given.
    func outputs(_ images: Tensor, boxes: [[Box]]?, in context: ForwardContext) -> [ForwardOutput]
}

/// An output of a network, by name.
public struct ForwardOutput {
    public let name: String
    /// A map `[B, h, w, C]`; what has another rank is as files have it.
    public let value: Tensor

    public init(_ name: String, _ value: Tensor) {
        self.name = name
        self.value = value
    }
}

extension SegmentationNetwork: SegmentationModel {
    public var takesBoxes: Bool { objectDecoder?.takesBoxes ?? false }

    public func outputs(_ images: Tensor, boxes: [[Box]]?, in context: ForwardContext) -> [ForwardOutput] {
        // Other programs pad before the network, which here does it by itself.
        if head == nil, let objectDecoder {
            return objectDecoder.outputs(encoder.maps(images, in: context), boxes: boxes, in: context)
        }
        let output = self(images, in: context)
        return (output.decoded.map { [ForwardOutput("logits", $0.logits)] } ?? [])
            + (objectDecoder?.outputs(output.features, boxes: boxes, in: context) ?? [])
    }
}
