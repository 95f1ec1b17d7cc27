public import NN
public import TensorEngine

extension Mask2Former: ObjectDecoder {
    public func losses(
        _ pyramid: FeaturePyramid, _ batch: ObjectBatch, in context: ForwardContext
    ) throws -> [(name: String, loss: Tensor)] {
        preconditionFailure("Mask2Former: losses come with the criterion")
    }
}
