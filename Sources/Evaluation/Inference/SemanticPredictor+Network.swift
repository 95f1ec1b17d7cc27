public import NN
public import SegmentationModels

extension SemanticPredictor {
    /// Predicts with a network.
    ///
    /// - Parameter context: running statistics and no noise unless said otherwise.
    public init(_ network: SegmentationNetwork, mode: Mode = .whole, context: ForwardContext = .evaluation) {
        self.init(mode: mode, minimumSide: network.encoder.config.minimumSide) { network($0, in: context).logits }
    }
}

extension MixTransformer.Config {
    /// Shortest side of an image: the convolutions that shrink the maps of keys and values drop what is left over, and
    /// each needs one whole window. Stage `i` has `ceil(side / stride_i)` rows, at strides 4, 8, 16 and 32.
    ///
    /// 29 for all published variants.
    public var minimumSide: Int {
        zip([4, 8, 16, 32], reductions).map { stride, reduction in (reduction - 1) * stride + 1 }.max() ?? 1
    }
}
