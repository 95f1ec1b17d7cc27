internal import Annotations
internal import Configuration
internal import DataLoading
internal import DataParallel
internal import Mixing
internal import SegmentationModels
internal import TensorEngine

/// What instance mixing keeps between the steps of a student.
struct InstanceMixer {
    let parameters: InstanceMixingConfiguration
    let threshold: any InstanceThresholdRule
    let strategy: any MixingStrategy

    /// - Parameter classCount: train ids are below it.
    init(
        _ parameters: InstanceMixingConfiguration, classCount: Int, _ facts: MixingFacts
    ) throws(ConfigurationError) {
        self.parameters = parameters
        threshold = parameters.threshold.makeRule(classCount: classCount)
        strategy = try parameters.setting.makeStrategy(
            facts, keyPath: InstanceMixingConfiguration.bidirectionalKey)
    }

    /// Whether there is anything to mix in the global batch. IMix mixes every image or none (LIDAPS code); UDA4Inst
    /// leaves single images as they are.
    ///
    /// - Parameters:
    ///   - withoutObjects: images without an object that the teacher is sure of.
    ///   - objects: of which it is sure.
    func mixes(withoutObjects: Double, objects: Double) -> Bool {
        guard let bidirectional = parameters.bidirectional else { return withoutObjects == 0 }
        return bidirectional.mixesWithoutTargetObjects || objects > 0
    }
}

extension SelfTrainingStep {
    /// The losses of the object decoder on images in which the objects of one domain are pasted into the other (LIDAPS,
    /// section 3.3). There is no loss on classes of pixels, no weight for how sure the teacher is, and no augmentation.
    ///
    /// Collective over the students, who skip the pass together.
    ///
    /// - Parameter seen: by the teacher, in the student's target images.
    /// - Returns: nil before the first step with instance mixing, where an image of the global batch has no object that
    ///   is sure enough (with `bidirectional`: where none has any), or none to learn from.
    func mixedObjectLoss(
        _ step: Int, _ batch: LoadedBatch, _ seen: [[AnnotatedObject]]?, _ losses: inout StepLosses
    ) throws -> Tensor? {
        guard let instances, step >= instances.parameters.from, let seen else { return nil }
        let thresholds = try instances.threshold.thresholds(step, seen, sums)
        if case .automatic = instances.parameters.threshold {
            let scores = thresholds.ofClass.values.map(Double.init)
            losses.report("lowestThreshold", scores.min() ?? Double(thresholds.ofOthers))
            losses.report("highestThreshold", scores.max() ?? Double(thresholds.ofOthers))
        }
        let sure = seen.map { $0.surer(than: thresholds) }
        var counts = [Double(sure.count { $0.isEmpty }), Double(sure.reduce(0) { $0 + $1.count })]
        try sums.makeGlobal(&counts)
        losses.report("sureObjects", counts[1])
        guard instances.mixes(withoutObjects: counts[0], objects: counts[1]) else { return nil }
        replica.enter(.mixing)
        let mixed = parameters.objectBatch(
            seat.batches, source: batch.source, target: batch.target, objects: sure, instances.strategy)
        replica.enter(.mixedObjectsForward)
        let features = replica.network.features(mixed.images, in: pass.context(step, Self.mixedObjects))
        return try pass.objectLoss(
            of: replica.network, features, mixed, step, Self.mixedObjects, prefix: "mixed.", sums, &losses)
    }

    /// The pass in the names of draws.
    private static var mixedObjects: String { "mixed objects" }
}

extension StepPhase {
    static let mixedObjectsForward = forward(of: "mixed objects")
}
