public import Annotations
public import NN
public import WeightFiles

extension Mask2Former.Config: ObjectDecoderConfig {
    public var weightParts: [WeightPart] {
        [
            WeightPart(
                path: "\(Mask2Former.headName).", names: Mask2FormerNames.tables,
                classifier: "\(Mask2Former.transformerName).\(MaskedTransformer.classifierName)")
        ]
    }

    public func labelsPixels(things: [UInt8], of classCount: Int) -> Bool { classes == .all }

    public func makeDecoder(
        _ inputs: FeaturePyramid.Layout, things: [UInt8], classCount: Int, in scope: ModuleScope
    ) -> any ObjectDecoder { Mask2Former(self, inputs, things: things, classCount: classCount, in: scope) }

    public var untoldSizes: [String: Double] { ["heads": Double(heads), "groups": Double(groups)] }

    /// One pixel is enough for a mask, and where the setting says so none.
    public func learns(from object: AnnotatedObject) -> Bool {
        !object.isCrowd && (criterion.keepsEmpty || !object.mask.isEmpty)
    }

    /// The number of heads and the groups of norms are in no weight. As many samples of deformable attention may be few
    /// heads of many points or many of few: unless the heads are told, only four points a head, as in every published
    /// file, tell them.
    public mutating func takeSizes(of file: WeightShapes) throws(WeightsError) -> Int {
        let pixels = file.below("\(Mask2Former.headName).\(Mask2Former.pixelDecoderName).")
        let decoder = file.below("\(Mask2Former.headName).\(Mask2Former.transformerName).")
        let queryTable = try decoder.shape("query_embed.weight", rank: 2, largest: 10_000)
        (queries, width) = (queryTable[0], queryTable[1])
        let levels = try decoder.shape("level_embed.weight", rank: 2)[0]
        let layer = "transformer.encoder.layers"
        let samples = try pixels.shape("\(layer).0.self_attn.attention_weights.bias", rank: 1)[0]
        let toldHeads = try file.told.whole("heads", in: file.filePath)
        heads = toldHeads ?? heads
        groups = try file.told.whole("groups", in: file.filePath) ?? groups
        if toldHeads != nil { pixelDecoder.points = max(1, samples / (heads * levels)) }
        pixelDecoder.hidden = try pixels.shape("\(layer).0.linear1.bias", rank: 1)[0]
        pixelDecoder.layers = Self.count { pixels.contains("\(layer).\($0).norm1.weight") }
        transformer.hidden = try decoder.shape("transformer_ffn_layers.0.linear1.bias", rank: 1)[0]
        transformer.layers = Self.count { decoder.contains("transformer_ffn_layers.\($0).norm.weight") }
        guard misfit == nil, samples == heads * levels * pixelDecoder.points else {
            throw WeightsError(
                .wrongShape, file: file.filePath,
                "holds a Mask2Former of \(width) channels and \(samples) sampled points on \(levels) maps, which does not fit "
                    + "\(heads) heads\(toldHeads == nil ? " of \(pixelDecoder.points) points" : "") and \(groups) groups of "
                    + "channels. No tensor tells heads and groups: put the config.json of transformers beside it, or give "
                    + "them, as in --sizes heads=4 groups=16")
        }
        return max(1, try decoder.shape("class_embed.bias", rank: 1)[0] - 1)
    }

    /// Layers of a file, at most as many as a setting allows.
    private static func count(_ hasLayer: (Int) -> Bool) -> Int {
        max(1, (0..<64).first { !hasLayer($0) } ?? 64)
    }

    /// The pixel decoder grows with the image, and so do the keys and values of queries; queries do not. Counted from
    /// the layers for three levels.
    public var memory: DecoderMemory {
        // Cells of all levels, and of the levels that a layer attends to, in cells of the finest.
        let (deeper, rounds) = (21.0 / 64, Double(transformer.layers) / 3)
        let (channels, samples) = (Double(width), Double(heads * 3 * pixelDecoder.points))
        let layer = 6 * channels + 4 * samples + Double(pixelDecoder.hidden)
        let attended = 2 * channels + rounds * (2 * channels + Double(queries))
        return DecoderMemory(
            kept: 4 * channels + deeper * (Double(pixelDecoder.layers) * layer + attended),
            passing: 3 * channels + deeper * (layer + attended),
            keptOfImage: Double(queries * transformer.layers) * (12 * channels + 2 * Double(transformer.hidden)),
            passingOfImage: Double(queries) * (12 * channels + 2 * Double(transformer.hidden)))
    }
}
