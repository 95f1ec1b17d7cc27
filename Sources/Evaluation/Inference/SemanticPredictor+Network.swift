public import NN
public import SegmentationModels

extension SemanticPredictor {
    /// Predicts with a network.
    ///
    /// - Parameter context: running statistics and no noise unless said otherwise.
    public init(_ network: SegmentationNetwork, mode: Mode = .whole, context: ForwardContext = .evaluation) {
        self.init(mode: mode, smallestSide: network.smallestSide) { network($0, in: context).logits }
    }
}
