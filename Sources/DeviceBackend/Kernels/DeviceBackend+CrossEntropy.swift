package import DeviceSeam

extension DeviceBackend {
    package func crossEntropy(
        _ logits: FloatArray, _ targets: LabelledPixels, gradient: FloatArray?, into loss: FloatArray, faults: Faults
    ) {
        let (pixels, classes) = (targets.labels.count, logits.shape.last ?? 0)
        self.loss(of: pixels, into: loss) { partial, blocks in
            context.launch(
                "cross_entropy", each: blocks,
                [logits, targets.packed, gradient, partial, faults.labels, classes, pixels, blocks])
        }
    }

    package func upsampledCrossEntropy(
        _ logits: FloatArray, _ targets: LabelledPixels, gradient: FloatArray?, into loss: FloatArray, faults: Faults
    ) {
        let (from, to, pixels) = (logits.shape, targets.labels.shape, targets.labels.count)
        let logSums = floats([pixels])
        self.loss(of: pixels, into: loss) { partial, blocks in
            context.launch(
                "upsampled_cross_entropy", each: blocks,
                [
                    logits, targets.packed, logSums, partial, faults.labels, from[1], from[2], to[1], to[2], from[3],
                    pixels, blocks,
                ])
        }
        guard let gradient else { return }
        context.launch(
            "upsampled_cross_entropy_gradient", each: gradient.count,
            [
                logits, targets.packed, logSums, gradient, from[1], from[2], to[1], to[2], from[3], gradient.count,
            ])
    }
}

extension Faults {
    /// The words of bad labels: how many, and of how many classes.
    var labels: IndexArray { words.view(from: Word.badLabels.rawValue, shape: [2]) }
}

extension LabelledPixels {
    fileprivate var packed: PackedValue {
        var value = PackedValue()
        value.add(address: labels.address)
        value.add(address: weights?.address)
        value.add(address: classWeights?.address)
        value.add(int64: Int(ignoreIndex))
        return value
    }
}
