import DeviceSeam
import Testing

@Suite(.everyKernel) struct `Losses, classes and updates on a device` {
    @Test(arguments: [false, true])
    func `cross-entropy and its gradients equal the CPU's, whole and upsampled`(hasWeights: Bool) throws {
        try TwoBackends.expectSame(tolerance: 1e-5) { side in
            var labels = Noise.labels(2 * 12 * 20, below: 5, seed: 1)
            for index in stride(from: 0, to: labels.count, by: 7) { labels[index] = 255 }
            let targets = LabelledPixels(
                labels: side.array(labels, [2, 12, 20]),
                weights: hasWeights ? side.random([2, 12, 20], seed: 2, scale: 0.5, shift: 0.5) : nil,
                classWeights: hasWeights ? side.random([5], seed: 3, scale: 0.5, shift: 1) : nil, ignoreIndex: 255)
            let (large, small) = (side.random([2, 12, 20, 5], seed: 4, scale: 4), side.random([2, 5, 6, 5], seed: 5))
            let (loss, upsampledLoss) = (side.floats([]), side.floats([]))
            let (gradient, upsampledGradient) = (side.floats([2, 12, 20, 5]), side.floats([2, 5, 6, 5]))
            side.backend.crossEntropy(large, targets, gradient: gradient, into: loss, faults: side.faults())
            side.backend.upsampledCrossEntropy(
                small, targets, gradient: upsampledGradient, into: upsampledLoss, faults: side.faults())
            return [
                "loss": loss, "gradient": gradient, "upsampled loss": upsampledLoss,
                "upsampled gradient": upsampledGradient,
            ]
        }
    }

    @Test func `labels that are no class are counted as on the CPU, once each`() throws {
        try TwoBackends.expectSame { side in
            let labels = LabelledPixels(
                labels: side.array([0, 1, 9, -3, 255, 2] as [Int32], [1, 2, 3]), weights: nil, classWeights: nil,
                ignoreIndex: 255)
            let (plain, upsampled) = (side.faults(), side.faults())
            let (loss, other) = (side.floats([]), side.floats([]))
            side.backend.crossEntropy(
                side.random([1, 2, 3, 3], seed: 1), labels, gradient: nil, into: loss, faults: plain)
            side.backend.upsampledCrossEntropy(
                side.random([1, 1, 2, 3], seed: 1), labels, gradient: side.floats([1, 1, 2, 3]), into: other,
                faults: upsampled)
            return [
                "loss": loss, "other": other, "plain": side.asFloats(plain.words),
                "upsampled": side.asFloats(upsampled.words),
            ]
        }
    }

    @Test(arguments: [0, 1, 3001])
    func `losses of elements equal the CPU's`(count: Int) throws {
        try TwoBackends.expectSame(tolerance: 5e-6) { side in
            let (logits, targets) = (side.random([count], seed: 1, scale: 8), side.random([count], seed: 2, shift: 1))
            let weights = side.array(Noise.floats(count, seed: 3).map { max(0, $0) })
            let (entropy, error) = (side.floats([]), side.floats([]))
            let (ofEntropy, ofError) = (side.floats([count]), side.floats([count]))
            side.backend.binaryCrossEntropy(
                logits, targets: targets, weights: weights, gradient: ofEntropy, into: entropy)
            side.backend.absoluteError(logits, targets: targets, gradient: ofError, into: error)
            return ["entropy": entropy, "error": error, "of entropy": ofEntropy, "of error": ofError]
        }
    }

    @Test func `classes, confident pixels and cells equal the CPU's`() throws {
        try TwoBackends.expectSame { side in
            let scores = side.random([2, 5, 7, 6], seed: 1, scale: 3)
            let (labels, confidence) = (side.empty(UInt8.self, [2, 17, 23]), side.floats([2, 17, 23]))
            let counts = side.empty(Int32.self, [2])
            side.backend.classify(
                scores, labels: labels, confidence: confidence,
                confident: ConfidentPixels(threshold: 0.6, counts: counts))
            let counting = side.array((0..<256).map { Int32($0 % 3 == 0 ? 0 : 1) })
            let mask = side.floats([2, 4, 5])
            side.backend.maskCells(
                side.array(Noise.labels(2 * 16 * 30, below: 4, seed: 2), [2, 16, 30]), counting: counting, least: 7,
                into: mask)
            return [
                "labels": side.asFloats(labels), "confidence": confidence, "counts": side.asFloats(counts),
                "mask": mask,
            ]
        }
    }

    @Test func `neighbours, and the loss of vectors of length one, equal the CPU's`() throws {
        try TwoBackends.expectSame(tolerance: 2e-5) { side in
            let maps = side.random([2, 4, 5, 19], seed: 1)
            let (products, ofMaps) = (side.floats([2, 4, 5, 4]), side.floats([2, 4, 5, 19]))
            side.backend.neighbourProducts(maps, into: products)
            side.backend.neighbourProductsGradient(maps, side.random([2, 4, 5, 4], seed: 2), into: ofMaps)
            var labels = Noise.labels(2 * 9 * 14, below: 6, seed: 3)
            for index in stride(from: 0, to: labels.count, by: 5) { labels[index] = 255 }
            let (loss, faults) = (side.floats([]), side.faults())
            let gradient = (scores: side.floats([2, 4, 5, 6]), products: side.floats([2, 4, 5, 4]))
            side.backend.unitCrossEntropy(
                side.random([2, 4, 5, 6], seed: 4, scale: 3), products: products,
                labels: side.array(labels, [2, 9, 14]),
                ignored: IgnoredRow(label: 255, row: 5), gradient: gradient, into: loss, faults: faults)
            return [
                "products": products, "of maps": ofMaps, "loss": loss, "scores": gradient.scores,
                "of products": gradient.products, "faults": side.asFloats(faults.words),
            ]
        }
    }

    @Test func `AdamW and moving averages equal the CPU's`() throws {
        try TwoBackends.expectSame(tolerance: 1e-6) { side in
            let weights = side.random([1000], seed: 1)
            let (first, second) = (
                side.random([1000], seed: 3), side.random([1000], seed: 4, scale: 0.5, shift: 0.5)
            )
            let average = side.random([1000], seed: 5)
            side.backend.adamW(
                weights, gradients: side.random([1000], seed: 2), firstMoments: first, secondMoments: second,
                runs: side.array([300, 1, 301, 0, 999, 1, 1000, 0] as [Int32], [4, 2]),
                rates: [
                    AdamWRate(learningRate: 1e-2, weightDecay: 0.1), AdamWRate(learningRate: 1e-3, weightDecay: 0),
                ], AdamWStep(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step: 3))
            side.backend.movingAverage(average, of: weights, decay: 0.9)
            return ["weights": weights, "first": first, "second": second, "average": average]
        }
    }
}
