public import Annotations
public import DataLoading
public import ImageIO
public import Mixing

internal import Randomness

/// A mixture of both domains among those of a step: each draws for itself.
public enum MixedPass: Sendable {
    /// Source classes in target images.
    case mixed
    /// Target classes in source images.
    case inverted
    /// Objects of one domain in the other.
    case objects
    /// Objects of both domains in the other, slot by slot.
    case bidirectional

    /// In the names of streams.
    var name: String {
        switch self {
        case .mixed: "mix"
        case .inverted: "inverted mix"
        case .objects: "object mix"
        case .bidirectional: "bidirectional mix"
        }
    }

    /// What the strategy draws from.
    var draws: StreamName {
        switch self {
        case .mixed: .mixing
        case .inverted, .objects: .own(ofMethod: "dacs", name)
        case .bidirectional: .own(ofMethod: InstanceSelfTraining.kind, name)
        }
    }
}

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
            samples.map(Self.sourceAnnotation), weights: nil, height: images.first?.height ?? 0,
            width: images.first?.width ?? 0,
            pixels: augmented(images, samples.map(\.planned), augmentation, pass: "source"))
    }

    /// Target images mixed with source images, by ClassMix unless another strategy is given (DACS).
    ///
    /// `mixed = M * source + (1 - M) * target` for colours, labels and weights, where source pixels weigh 1 and target
    /// pixels `confidentShare` times their validity. Strong augmentation comes after the mixing.
    ///
    /// - Parameters:
    ///   - source: one sample a slot.
    ///   - target: of the same slots, in the same order.
    ///   - pseudoLabels: of `target`.
    ///   - confidentShare: share of confident pixels of the global batch, in `0...1`.
    ///   - classes: label values that occur in the global source batch, ascending: see `ClassPresence`; of the target
    ///     batch for a strategy that draws from those.
    ///   - pass: keeps the draws of several mixtures of a step apart; all share the coins of the augmentation.
    public func mixedBatch(
        source: [Sample], target: [Sample], pseudoLabels: [Annotation], confidentShare: Float,
        mixing: any MixingStrategy = ClassMix(), classes: [UInt8], augmentation: StrongAugmentation.Config? = .init(),
        pass: MixedPass = .mixed
    ) -> TrainingBatch {
        Self.requireSameSlots(source, target, pseudoLabels)
        let mixed = target.indices.map { index in
            let planned = target[index].planned
            let pair = MixingPair(
                step: planned.step, slot: planned.slot,
                source: AnnotatedImage(image: source[index].image, annotation: Self.sourceAnnotation(source[index])),
                target: AnnotatedImage(
                    image: target[index].image, annotation: pseudoLabels[index],
                    weights: weight(of: target[index], confidentShare)),
                classes: classes)
            var random = RandomStream(seed: seed, pass.draws, step: planned.step, rank: planned.slot)
            return mixing.mixture(of: pair, using: &random).mixed()
        }
        return TrainingBatch(
            mixed.map(\.annotation), weights: mixed.map(\.weights), height: target.first?.image.height ?? 0,
            width: target.first?.image.width ?? 0,
            pixels: augmented(
                mixed.map(\.image), target.map(\.planned), augmentation, pass: pass.name, coins: MixedPass.mixed.name))
    }

    static func requireSameSlots(_ source: [Sample], _ target: [Sample], _ pseudoLabels: [Annotation]) {
        precondition(
            source.map(\.planned.slot) == target.map(\.planned.slot) && pseudoLabels.count == target.count,
            "BatchBuilder: source, target and pseudo-labels are not of the same slots")
    }

    static func sourceAnnotation(_ sample: Sample) -> Annotation {
        guard let annotation = sample.annotation else {
            preconditionFailure("BatchBuilder: \(sample.name) was loaded without labels")
        }
        return annotation
    }

    /// `confidentShare * validity`.
    func weight(of target: Sample, _ confidentShare: Float) -> [Float] {
        PixelWeights.weights(
            confidentShare, count: target.image.height * target.image.width, validity: target.validity)
    }

    /// What a step's images of a pass have in common; `pass` is `source`, `mix` or `masked`.
    package func augmentation(_ config: StrongAugmentation.Config, step: Int, pass: String) -> StrongAugmentation {
        var coins = RandomStream(seed: seed, .augmentationCoins(ofPass: pass), step: step)
        return StrongAugmentation(config, coins: &coins)
    }

    /// Images of one step, strongly augmented if the step's coins say so, and normalised.
    ///
    /// - Parameters:
    ///   - coins: the pass whose coins decide; nil for its own.
    ///   - sharing: whether the images of the step share the order of the colour changes and the blur.
    func augmented(
        _ images: [RGBImage], _ planned: [PlannedSample], _ config: StrongAugmentation.Config?, pass: String,
        coins: String? = nil, sharing: Bool = false
    ) -> [Float] {
        guard let config, let step = planned.first?.step else { return normalization.batch(images) }
        let augmentation = augmentation(config, step: step, pass: coins ?? pass)
        guard augmentation.jitters || augmentation.blurs else { return normalization.batch(images) }
        let shared = RandomStream(seed: seed, .augmentationOrder(ofPass: pass), step: step)
        var next = planned.makeIterator()
        return normalization.batch(images) { image, output in
            guard let planned = next.next() else { return }
            var random = RandomStream(seed: seed, .augmentation(ofPass: pass), step: step, rank: planned.slot)
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
