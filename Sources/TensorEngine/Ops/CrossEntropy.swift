extension Tensor {
    /// The weighted sum of the cross-entropy of every pixel,
    /// `sum over p of weight_p * classWeight_label * (log sum_c e^logit_pc - logit_p,label)`, added up in double
    /// precision.
    ///
    /// The caller chooses the divisor: the number of labels, of labels that are not ignored, or of those on all ranks.
    /// The derivative is made together with the value, so the logits are not kept.
    ///
    /// - Parameters:
    ///   - labels: the shape of the logits without the last axis; classes `0..<C` or `ignoreIndex`.
    ///   - weights: of each pixel, in the shape of the labels; no gradient flows to them.
    ///   - classWeights: `[C]`
    ///   - ignoreIndex: the label of pixels that add nothing.
    /// - Returns: a scalar.
    /// - Precondition: the shapes fit and every label is a class or ignored.
    public func crossEntropy(
        labels: IndexTensor, weights: Tensor? = nil, classWeights: Tensor? = nil, ignoreIndex: Int = 255
    ) -> Tensor {
        precondition(
            rank >= 1 && labels.shape == Array(shape.dropLast()),
            "crossEntropy: labels \(labels.shape) do not fit logits \(shape)")
        let targets = LabelledPixels(labels, weights, classWeights, ignoreIndex, classes: shape[rank - 1])
        return pixelLoss { Engine.backend.crossEntropy(self, targets, gradient: $0) }
    }

    /// `crossEntropy` of the logits after bilinear upsampling to the size of the labels (half-pixel centres, PyTorch's
    /// `align_corners=False`), a few rows at a time: the large logits and their gradient are never held.
    ///
    /// - Parameters:
    ///   - labels: `[B, H, W]`
    /// - Returns: a scalar, the sum over the pixels of the labels.
    /// - Precondition: logits `[B, h, w, C]`, no map empty unless all are.
    public func upsampledCrossEntropy(
        labels: IndexTensor, weights: Tensor? = nil, classWeights: Tensor? = nil, ignoreIndex: Int = 255
    ) -> Tensor {
        precondition(
            rank == 4 && labels.shape.count == 3 && labels.shape[0] == shape[0]
                && (labels.count == 0 || shape[1] * shape[2] > 0),
            "upsampledCrossEntropy: labels \(labels.shape) do not fit logits \(shape)")
        let targets = LabelledPixels(labels, weights, classWeights, ignoreIndex, classes: shape[3])
        if labels.shape == Array(shape.dropLast()) {
            return pixelLoss { Engine.backend.crossEntropy(self, targets, gradient: $0) }
        }
        return pixelLoss { Engine.backend.upsampledCrossEntropy(self, targets, gradient: $0) }
    }

    private func pixelLoss(_ evaluate: (_ gradient: Tensor?) -> PixelLoss) -> Tensor {
        let gradient = requiresGradient && GradientMode.isRecording ? Tensor(uninitialized: shape) : nil
        let loss = evaluate(gradient)
        precondition(
            loss.badLabels == 0,
            "crossEntropy: \(loss.badLabels) labels are neither one of \(shape.last ?? 0) classes nor ignored")
        return Tensor(Float(loss.sum)).recorded(from: [self]) { upstream, _ in [gradient.map { $0 * upstream }] }
    }
}

extension LabelledPixels {
    fileprivate init(
        _ labels: IndexTensor, _ weights: Tensor?, _ classWeights: Tensor?, _ ignoreIndex: Int, classes: Int
    ) {
        precondition(
            weights == nil || weights?.shape == labels.shape,
            "crossEntropy: weights \(weights?.shape ?? []) do not fit labels \(labels.shape)")
        precondition(
            classWeights == nil || classWeights?.shape == [classes], "crossEntropy: class weights must be [\(classes)]")
        precondition(Int32(exactly: ignoreIndex) != nil, "crossEntropy: ignoreIndex \(ignoreIndex) is no label")
        self.init(
            labels: labels, weights: weights, classWeights: classWeights, ignoreIndex: Int32(ignoreIndex))
    }
}
