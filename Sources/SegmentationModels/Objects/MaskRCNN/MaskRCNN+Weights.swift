public import NN
public import WeightFiles

extension MaskRCNN.Config: ObjectDecoderConfig {
    /// mmdetection's names are ours.
    public var weightParts: [WeightPart] {
        let read = FlatMap(height: boxes.size, width: boxes.size, channels: width)
        let flat = "\(MaskRCNN.RegionHeads.boxName).\(BoxHead.flatWeightName)"
        return [
            WeightPart(path: "\(MaskRCNN.neckName).", names: [.own(anchor: "lateral_convs.0.conv.weight")]),
            WeightPart(path: "\(MaskRCNN.proposalName).", names: [.own(anchor: "rpn_conv.weight")]),
            WeightPart(
                path: "\(MaskRCNN.regionName).",
                names: [.own(anchor: "\(MaskRCNN.RegionHeads.boxName).fc_cls.weight", flatMaps: [flat: read])]),
        ]
    }

    public func makeDecoder(
        _ inputs: FeaturePyramid.Layout, things: [UInt8], classCount: Int, in scope: ModuleScope
    ) -> any ObjectDecoder { MaskRCNN(self, inputs, things: things, in: scope) }

    public var untoldSizes: [String: Double] {
        ["maskSize": Double(masks.size), "finestScale": Double(boxes.finestScale)]
    }

    /// The size of what a mask is read from, and which map a box is read from, are in no weight.
    public mutating func takeSizes(of file: WeightShapes) throws(WeightsError) -> Int {
        let boxHead = file.below("\(MaskRCNN.regionName).\(MaskRCNN.RegionHeads.boxName).")
        let maskHead = file.below("\(MaskRCNN.regionName).\(MaskRCNN.RegionHeads.maskName).")
        width = try file.below("\(MaskRCNN.neckName).").shape("lateral_convs.0.conv.weight", rank: 4)[0]
        let flat = try boxHead.shape(BoxHead.flatWeightName, rank: 2, largest: 8192 * 64)
        boxes.hidden = flat[0]
        boxes.size = max(1, Int(Double(flat[1] / width).squareRoot()))
        masks.size = try file.told.whole("maskSize", in: file.filePath) ?? masks.size
        if let scale = file.told.numbers["finestScale"] { boxes.finestScale = Float(scale) }
        masks.width = try maskHead.shape("upsample.weight", rank: 4)[1]
        masks.convolutions = (0...16).first { !maskHead.contains(MaskHead.convolutionWeightName($0)) } ?? 16
        return max(1, try boxHead.shape("fc_cls.weight", rank: 2)[0] - 1)
    }

    /// The pyramid and what proposals are made of grow with the image, the regions that are learned from do not.
    /// Counted from the layers for as many positive regions as there may be; a network that finds little has fewer, and
    /// `causeway bench step` measures less.
    public var memory: DecoderMemory {
        // Of all levels, in cells of the finest.
        let cells = 4.0 / 3
        func map(_ side: Int, _ channels: Int) -> Double { Double(side * side * channels) }
        // Inputs of the layers, and the gradients of the largest two.
        let box = 2 * map(boxes.size, width) + 4 * Double(boxes.hidden)
        let mask = map(masks.size, masks.width * (masks.convolutions + 2)) + 2 * map(2 * masks.size, masks.width)
        let positives = Double(boxes.samples) * Double(boxes.positiveShare)
        let channels = cells * Double(width)
        return DecoderMemory(
            kept: 5 * channels, passing: 3 * channels,
            keptOfImage: Double(boxes.samples) * box + positives * mask,
            passingOfImage: max(Double(proposals.kept) * box, Double(detections.perImage) * mask) / 2)
    }
}
