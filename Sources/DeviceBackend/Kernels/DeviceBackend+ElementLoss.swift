package import DeviceSeam

extension DeviceBackend {
    package func binaryCrossEntropy(
        _ logits: FloatArray, targets: FloatArray, weights: FloatArray?, gradient: FloatArray?, into loss: FloatArray
    ) {
        self.loss(of: logits.count, into: loss) { partial, blocks in
            context.launch(
                "binary_cross_entropy", each: blocks,
                [logits, targets, weights, gradient, partial, logits.count, blocks])
        }
    }

    package func absoluteError(
        _ values: FloatArray, targets: FloatArray, gradient: FloatArray?, into loss: FloatArray
    ) {
        self.loss(of: values.count, into: loss) { partial, blocks in
            context.launch(
                "absolute_error", each: blocks, [values, targets, gradient, partial, values.count, blocks])
        }
    }
}
