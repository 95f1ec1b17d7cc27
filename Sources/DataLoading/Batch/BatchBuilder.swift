public import ImageIO
public import Mixing

internal import Randomness

/// Turns samples into normalised batches: source images as they are, and target images mixed with them.
///
/// Random choices are keyed by (seed, step, global slot), so that the batch of a slot does not depend on the rank that
/// builds it; the coins of the strong augmentation are keyed by the step alone and shared by the global batch.
public struct BatchBuilder: Sendable {
    public let seed: UInt64
    public let normalization: Normalization

    public init(seed: UInt64, normalization: Normalization = .imageNet) {
        self.seed = seed
        self.normalization = normalization
    }

    /// Images alone, `[B, H, W, 3]`: what a teacher looks at.
    public func pixels(of samples: [Sample]) -> [Float] { normalization.batch(samples.map(\.image)) }

    /// Source images with their labels.
    ///
    /// - Parameter augmentation: nil leaves the colours alone, as in the paper.
    public func sourceBatch(
        _ samples: [Sample], augmentation: StrongAugmentation.Config? = nil
    ) -> TrainingBatch {
        let images = samples.map(\.image)
        return TrainingBatch(
            count: samples.count, height: images.first?.height ?? 0, width: images.first?.width ?? 0,
            pixels: augmented(images, samples.map(\.planned), augmentation, pass: "source"),
            labels: labels(samples.map(Self.sourceLabels)), weights: nil)
    }

    /// Target images with parts of source images pasted in (DACS).
    ///
    /// `mixed = M * source + (1 - M) * target` for colours, labels and weights, where pasted pixels weigh 1 and target
    /// pixels `pseudoWeight` times their validity. Strong augmentation comes after the mixing.
    ///
    /// - Parameters:
    ///   - source: one sample a slot.
    ///   - target: of the same slots, in the same order.
    ///   - pseudoLabels: of `target`.
    ///   - pseudoWeight: share of confident pixels of the global batch, in `0...1`.
    ///   - mixing: nil trains on the augmented target image alone.
    ///   - classes: label values that occur in the global source batch, ascending: see `ClassPresence`.
    public func mixedBatch(
        source: [Sample], target: [Sample], pseudoLabels: [LabelMap], pseudoWeight: Float,
        mixing: MixingStrategy? = .classMix, classes: [UInt8], augmentation: StrongAugmentation.Config? = .init()
    ) -> TrainingBatch {
        Self.requireSameSlots(source, target, pseudoLabels)
        let mixed = target.indices.map { index in
            mix(source[index], target[index], pseudoLabels[index], mixing, classes)
        }
        let weights = target.indices.map { weight(of: target[$0], mixed[$0].mask, pseudoWeight) }
        return TrainingBatch(
            count: target.count, height: target.first?.image.height ?? 0, width: target.first?.image.width ?? 0,
            pixels: augmented(mixed.map(\.image), target.map(\.planned), augmentation, pass: "mix"),
            labels: labels(mixed.map(\.labels)), weights: weights.flatMap { $0 })
    }

    private func mix(
        _ source: Sample, _ target: Sample, _ pseudoLabel: LabelMap, _ mixing: MixingStrategy?, _ classes: [UInt8]
    ) -> (image: RGBImage, labels: LabelMap, mask: MixMask?) {
        guard let mixing else { return (target.image, pseudoLabel, nil) }
        let sourceLabels = Self.sourceLabels(source)
        var random = RandomStream(seed: seed, "mixing", step: target.planned.step, rank: target.planned.slot)
        let mask = mixing.drawMask(of: sourceLabels, classes: classes, using: &random)
        return (
            ClassMix.mix(source: source.image, target: target.image, mask: mask),
            ClassMix.mix(source: sourceLabels, target: pseudoLabel, mask: mask), mask
        )
    }

    static func requireSameSlots(_ source: [Sample], _ target: [Sample], _ pseudoLabels: [LabelMap]) {
        precondition(
            source.map(\.planned.slot) == target.map(\.planned.slot) && pseudoLabels.count == target.count,
            "BatchBuilder: source, target and pseudo-labels are not of the same slots")
    }

    static func sourceLabels(_ sample: Sample) -> LabelMap {
        guard let labels = sample.labels else {
            preconditionFailure("BatchBuilder: \(sample.name) was loaded without labels")
        }
        return labels
    }

    /// `M + (1 - M) * pseudoWeight * validity`.
    func weight(of target: Sample, _ mask: MixMask?, _ pseudoWeight: Float) -> [Float] {
        var weights = [Float](repeating: pseudoWeight, count: target.image.height * target.image.width)
        if let validity = target.validity {
            for index in weights.indices where validity.pixels[index] == 0 { weights[index] = 0 }
        }
        if let mask {
            for index in weights.indices where mask.pixels[index] != 0 { weights[index] = 1 }
        }
        return weights
    }

    func labels(_ maps: [LabelMap]) -> [Int32] {
        let total = maps.reduce(0) { $0 + $1.pixels.count }
        return [Int32](unsafeUninitializedCapacity: total) { output, initialized in
            for map in maps {
                map.pixels.withUnsafeBufferPointer { pixels in
                    for index in 0..<pixels.count { output[initialized &+ index] = Int32(pixels[index]) }
                }
                initialized += map.pixels.count
            }
        }
    }

    /// What a step's images of a pass have in common; `pass` is `source`, `mix` or `masked`.
    package func augmentation(_ config: StrongAugmentation.Config, step: Int, pass: String) -> StrongAugmentation {
        var coins = RandomStream(seed: seed, "\(pass) augmentation coins", step: step)
        return StrongAugmentation(config, coins: &coins)
    }

    /// Images of one step, strongly augmented if the step's coins say so, and normalised.
    ///
    /// - Parameter sharing: whether the images of the step share the order of the colour changes and the blur.
    func augmented(
        _ images: [RGBImage], _ planned: [PlannedSample], _ config: StrongAugmentation.Config?, pass: String,
        sharing: Bool = false
    ) -> [Float] {
        guard let config, let step = planned.first?.step else { return normalization.batch(images) }
        let augmentation = augmentation(config, step: step, pass: pass)
        guard augmentation.jitters || augmentation.blurs else { return normalization.batch(images) }
        let shared = RandomStream(seed: seed, "\(pass) augmentation order", step: step)
        var next = planned.makeIterator()
        return normalization.batch(images) { image, output in
            guard let planned = next.next() else { return }
            var random = RandomStream(seed: seed, "\(pass) augmentation", step: step, rank: planned.slot)
            var colors = FloatImage(colors: image)
            if sharing {
                augmentation.apply(to: &colors, batch: shared, using: &random)
            } else {
                augmentation.apply(to: &colors, using: &random)
            }
            normalization.normalize(colors, into: output)
        }
    }
}
