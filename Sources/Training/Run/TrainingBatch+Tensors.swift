internal import DataLoading
internal import ImageIO
internal import TensorEngine

extension TrainingBatch {
    /// Normalised colours `[B, H, W, 3]`.
    var images: Tensor { Tensor(pixels, shape: [count, height, width, 3]) }
    /// Train ids `[B, H, W]`, 255 where ignored.
    var targets: IndexTensor { IndexTensor(labels, shape: [count, height, width]) }
    /// Loss weights `[B, H, W]`; nil when all are 1.
    var pixelWeights: Tensor? { weights.map { Tensor($0, shape: [count, height, width]) } }
}

extension BatchBuilder {
    /// Normalised images of samples without labels, `[B, H, W, 3]`.
    func images(of samples: [Sample]) -> Tensor {
        let size = samples.first?.image
        return Tensor(pixels(of: samples), shape: [samples.count, size?.height ?? 0, size?.width ?? 0, 3])
    }
}
