import Detection
import NN
import TensorEngine
public import WeightFiles

/// Runs a network on tensors from a file and writes what comes out, to compare an import with another framework.
///
/// The input file holds `pixels` `[B, 3, H, W]`; for a network that finds objects it may hold `boxes` `[B, N, 4]` (x1,
/// y1, x2, y2 in pixels), and for gradients `upstream.<output>` in the shape of an output. The output file holds each
/// output `[B, C, h, w]` under its name (`stage1`…`stage4`, `logits`, those of the decoder of objects), and with
/// gradients `grad.pixels` and `grad.<weight>` of `sum(output * upstream)`, named as in the weights file.
public struct ForwardRun {
    /// Which statistics batch normalisation uses; drop-out and stochastic depth are off in both.
    public enum Mode: String, Sendable, CaseIterable {
        case evaluation
        case training
    }

    public var mode: Mode
    /// Whether gradients are computed and written.
    public var wantsGradients: Bool
    /// Epsilon of every layer norm; `nil` follows the origin of the weights file.
    public var layerNormEpsilon: Float?

    public init(mode: Mode = .evaluation, wantsGradients: Bool = false, layerNormEpsilon: Float? = nil) {
        self.mode = mode
        self.wantsGradients = wantsGradients
        self.layerNormEpsilon = layerNormEpsilon
    }

    /// Loads, runs and writes.
    ///
    /// - Returns: what the weights file held beyond the network's needs.
    /// - Throws: `WeightsError` where a file is damaged, a tensor is missing, or a shape does not fit.
    @discardableResult
    public func run(
        _ model: any SegmentationModel, weights: String, input: String, output: String
    ) throws(WeightsError) -> LoadReport {
        let file = try WeightsFile.open(weights)
        let report = try NetworkWeights.load(file, into: model)
        try report.requireComplete()
        if let layerNormEpsilon { try setEpsilons(of: model, layerNormEpsilon, weights) }
        let inputs = try WeightsFile.open(input)
        let pixels = try Self.pixels(inputs, smallestSide: model.smallestSide)
        let boxes = try Self.boxes(inputs, of: model, images: pixels.shape[0])
        let items =
            wantsGradients
            ? try gradients(model, pixels, boxes, inputs, NetworkWeights.format(of: file, for: model))
            : withoutGradients { Self.items(model.outputs(pixels, boxes: boxes, in: context)) }
        try SafeTensorsWriter.write(output, items, metadata: ["format": "pt"])
        return report
    }

    private func setEpsilons(
        of model: any SegmentationModel, _ epsilon: Float, _ weights: String
    ) throws(WeightsError) {
        guard model.epsilons != nil else {
            throw WeightsError(
                .unknownFormat, file: weights,
                "is for a network without layer norms whose epsilon differs between programs; leave it out")
        }
        model.epsilons = LayerNormEpsilons(blocks: epsilon, embeddings: epsilon)
    }

    private var context: ForwardContext {
        switch mode {
        case .evaluation: .evaluation
        case .training: .batchStatisticsOnly
        }
    }

    private static func pixels(_ file: any TensorFile, smallestSide: Int) throws(WeightsError) -> Tensor {
        let shape = try file.entry("pixels").shape
        guard shape.count == 4, shape[0] >= 1, shape[1] == 3, min(shape[2], shape[3]) >= smallestSide else {
            throw WeightsError(
                .wrongShape, file: file.path, tensor: "pixels",
                "has shape \(shape); it must be [B, 3, H, W] with sides of at least \(smallestSide)")
        }
        return FrameworkLayout.tensor(
            toOurs: Tensor(try file.finiteFloats("pixels", remedy: Self.finite), shape: shape))
    }

    /// What to do about an input that is not finite.
    private static let finite = "write finite numbers"

    /// The boxes of every image; nil where the file has none.
    private static func boxes(
        _ file: any TensorFile, of model: any SegmentationModel, images: Int
    ) throws(WeightsError) -> [[Box]]? {
        let name = "boxes"
        guard file.contains(name) else { return nil }
        guard model.takesBoxes else {
            throw WeightsError(
                .malformed, file: file.path, tensor: name,
                "is for networks that classify boxes, such as edaps-mit-b0; this one does not: leave it out")
        }
        let shape = try file.entry(name).shape
        guard shape.count == 3, shape[0] == images, shape[1] >= 1, shape[2] == 4 else {
            throw WeightsError(
                .wrongShape, file: file.path, tensor: name,
                "has shape \(shape); it must be [\(images), N, 4], x1, y1, x2, y2 of at least one box of each image, or "
                    + "be left out")
        }
        let values = try file.finiteFloats(name, remedy: "write finite corners in pixels")
        let boxes = stride(from: 0, to: values.count, by: 4).map {
            Box(x1: values[$0], y1: values[$0 + 1], x2: values[$0 + 2], y2: values[$0 + 3])
        }
        if let wrong = boxes.firstIndex(where: { $0.x2 < $0.x1 || $0.y2 < $0.y1 }) {
            let box = boxes[wrong]
            throw WeightsError(
                .malformed, file: file.path, tensor: name,
                "holds the box \(box.x1), \(box.y1), \(box.x2), \(box.y2), whose end lies before its start; the order is "
                    + "x1, y1, x2, y2")
        }
        return stride(from: 0, to: boxes.count, by: shape[1]).map { Array(boxes[$0..<$0 + shape[1]]) }
    }

    private static func items(_ outputs: [ForwardOutput]) -> [SafeTensorsItem] {
        outputs.flatMap { NetworkWeights.items($0.value.detached(), [WeightSource($0.name)]) }
    }

    private func gradients(
        _ model: any SegmentationModel, _ pixels: Tensor, _ boxes: [[Box]]?, _ inputs: any TensorFile,
        _ format: WeightsFormat
    ) throws(WeightsError) -> [SafeTensorsItem] {
        let images = pixels.trackingGradient()
        let outputs = model.outputs(images, boxes: boxes, in: context)
        let roots = try Self.roots(outputs, inputs)
        let parts = model.weightParts
        let format = format.written(for: parts)
        var items = Self.items(outputs)
        runBackward(from: roots)
        if let gradient = images.gradient { items += NetworkWeights.items(gradient, [WeightSource("grad.pixels")]) }
        for (name, parameter) in model.namedParameters {
            guard let gradient = parameter.gradient else { continue }
            items += NetworkWeights.items(gradient, format.sources(of: name, in: parts), prefix: "grad.")
        }
        return items
    }

    private static let upstreamPrefix = "upstream."

    /// Outputs that have an upstream gradient in the file.
    private static func roots(
        _ outputs: [ForwardOutput], _ file: any TensorFile
    ) throws(WeightsError) -> [(output: Tensor, upstream: Tensor)] {
        var roots: [(output: Tensor, upstream: Tensor)] = []
        let known = outputs.map { "\(upstreamPrefix)\($0.name)" }
        let unknown = file.names.filter { $0.hasPrefix(upstreamPrefix) && !known.contains($0) }.sorted()
        if let first = unknown.first {
            throw WeightsError(
                .malformed, file: file.path, tensor: first,
                "is for none of the outputs; those of this network and input are \(known.joined(separator: ", "))")
        }
        for (name, output) in outputs.map({ ($0.name, $0.value) }) where file.contains(upstreamPrefix + name) {
            let needed = FrameworkLayout.shape(fromOurs: output.shape)
            let found = try file.entry(upstreamPrefix + name).shape
            guard found == needed else {
                throw WeightsError(
                    .wrongShape, file: file.path, tensor: upstreamPrefix + name,
                    "has shape \(found), the output has \(needed)")
            }
            let upstream = Tensor(try file.finiteFloats(upstreamPrefix + name, remedy: finite), shape: found)
            roots.append((output, FrameworkLayout.tensor(toOurs: upstream)))
        }
        guard !roots.isEmpty else {
            throw WeightsError(
                .missing, file: file.path, "gradients need at least one tensor of \(known.joined(separator: ", "))")
        }
        return roots
    }
}
