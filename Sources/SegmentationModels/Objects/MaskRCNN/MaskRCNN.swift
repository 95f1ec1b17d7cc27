internal import Detection
public import NN
import TensorEngine

/// Mask R-CNN (He et al., arXiv:1703.06870) as the panoptic networks EDAPS (arXiv:2304.14291) and LIDAPS
/// (arXiv:2404.03799) have it beside their semantic head: a feature pyramid on the encoder's maps, proposals of
/// regions, and for each region class, box and mask.
///
/// The semantic head reads the encoder's maps; the pyramid is for objects alone. Children carry mmdetection's names.
public final class MaskRCNN: ParameterGrouping {
    public let config: Config
    public let things: [UInt8]
    public var soughtThings: Set<UInt8>?
    private let neck: FeaturePyramidNetwork
    private let proposals: RegionProposalHead
    private let heads: RegionHeads

    /// Names of the children.
    static let (neckName, proposalName, regionName) = ("neck", "rpn_head", "roi_head")

    /// - Precondition: every size is at least 1, and there is a class.
    public init(_ config: Config, _ inputs: FeaturePyramid.Layout, things: [UInt8], in scope: ModuleScope) {
        precondition(!things.isEmpty, "MaskRCNN: needs classes of objects")
        self.config = config
        self.things = things
        neck = FeaturePyramidNetwork(inputs, width: config.width, in: scope.child(Self.neckName))
        proposals = RegionProposalHead(
            width: config.width, anchors: config.anchors.ratios.count, in: scope.child(Self.proposalName))
        heads = RegionHeads(
            boxes: BoxHead(
                config.boxes, width: config.width, things: things.count,
                in: scope.child("\(Self.regionName).\(RegionHeads.boxName)")),
            masks: MaskHead(
                config.masks, inputs: config.width, things: things.count,
                in: scope.child("\(Self.regionName).\(RegionHeads.maskName)")))
    }

    public var children: [(name: String, module: any Module)] {
        [(Self.neckName, neck), (Self.proposalName, proposals), (Self.regionName, heads)]
    }

    public var parameterGroups: [ParameterGroup] { headParameterGroups }

    /// Pixels of an image's side in one cell of each map of the pyramid.
    var strides: [Int] { neck.layout.levels.map(\.stride) }
    /// Of the maps that regions are cut from: all but the additional one.
    var regionStrides: [Int] { strides.dropLast() }
}

// MARK: - The network

extension MaskRCNN {
    /// The pyramid, and what the proposal head says of each anchor of each level.
    ///
    /// - Returns: maps `[B, h, w, width]`, logits `[B, h, w, A]` and deltas `[B, h, w, 4 A]` of each level, finest
    ///   first.
    func regionMaps(_ pyramid: FeaturePyramid) -> (maps: [Tensor], scores: [Tensor], deltas: [Tensor]) {
        let maps = neck(pyramid).maps
        let outputs = maps.map { proposals($0) }
        return (maps, outputs.map(\.scores), outputs.map(\.deltas))
    }

    /// Classes and better boxes of regions.
    ///
    /// - Parameter maps: of `regionMaps`.
    /// - Returns: class logits `[R, things + 1]`, background last, and deltas `[R, 4 things]`.
    func boxScores(_ maps: [Tensor], _ boxes: [RegionOfInterest]) -> (classes: Tensor, deltas: Tensor) {
        heads.boxes(features(maps, boxes, size: config.boxes.size))
    }

    /// Mask logits of regions for every class, `[R, 2 size, 2 size, things]`.
    ///
    /// - Parameter maps: of `regionMaps`.
    func maskScores(_ maps: [Tensor], _ boxes: [RegionOfInterest]) -> Tensor {
        heads.masks(features(maps, boxes, size: config.masks.size))
    }

    private func features(_ maps: [Tensor], _ boxes: [RegionOfInterest], size: Int) -> Tensor {
        let strides = regionStrides
        return Tensor.roiAligned(Array(maps.prefix(strides.count)), strides: strides, regions: boxes, size: size)
    }

    /// The boxes of every image as regions of the level that fits their size, image after image.
    func regions(_ boxes: [[Box]]) -> [RegionOfInterest] {
        let levels = PyramidLevels(finestScale: config.boxes.finestScale, count: regionStrides.count)
        return boxes.enumerated().flatMap { image, boxes in
            boxes.map { box in
                RegionOfInterest(
                    image: Int32(image), level: Int32(levels.level(of: box)), x1: box.x1, y1: box.y1, x2: box.x2,
                    y2: box.y2)
            }
        }
    }
}

extension MaskRCNN {
    /// The heads on regions, as one child of the network.
    final class RegionHeads: Module {
        let boxes: BoxHead
        let masks: MaskHead

        static let (boxName, maskName) = ("bbox_head", "mask_head")

        init(boxes: BoxHead, masks: MaskHead) { (self.boxes, self.masks) = (boxes, masks) }

        var children: [(name: String, module: any Module)] { [(Self.boxName, boxes), (Self.maskName, masks)] }
    }
}
