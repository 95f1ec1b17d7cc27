internal import DeviceSeam

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
    /// - Precondition: the shapes fit and every label is a class or ignored; labels are looked at by the device, and a
    ///   wrong one ends the program when the next result comes back to the host.
    public func crossEntropy(
        labels: IndexTensor, weights: Tensor? = nil, classWeights: Tensor? = nil, ignoreIndex: Int = 255
    ) -> Tensor {
        precondition(
            rank >= 1 && labels.shape == Array(shape.dropLast()),
            "crossEntropy: labels \(labels.shape) do not fit logits \(shape)")
        let targets = LabelledPixels(labels, weights, classWeights, ignoreIndex, classes: shape[rank - 1])
        return pixelLoss(targets, isUpsampled: false)
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
        return pixelLoss(targets, isUpsampled: labels.shape != Array(shape.dropLast()))
    }

    private func pixelLoss(_ targets: LabelledPixels, isUpsampled: Bool) -> Tensor {
        let gradient = requiresGradient && GradientMode.isRecording ? Tensor(uninitialized: shape) : nil
        let loss = Tensor(uninitialized: [])
        let (place, name) = (gradient?.array, isUpsampled ? "upsampled cross-entropy" : "cross-entropy")
        Engine.run(.call(name, reads: [self], writes: gradient.map { [$0] } ?? [], otherBytes: targets.byteCount)) {
            if isUpsampled {
                $0.upsampledCrossEntropy(array, targets, gradient: place, into: loss.array, faults: Engine.faults)
            } else {
                $0.crossEntropy(array, targets, gradient: place, into: loss.array, faults: Engine.faults)
            }
        }
        return loss.recorded(from: [self]) { upstream, _ in [gradient.map { $0 * upstream }] }
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
            labels: labels.array, weights: weights?.array, classWeights: classWeights?.array,
            ignoreIndex: Int32(ignoreIndex))
    }

    /// Of labels and weights.
    fileprivate var byteCount: Int {
        4 * (labels.count + (weights?.count ?? 0) + (classWeights?.count ?? 0))
    }
}
