package import Configuration
internal import DataLoading
internal import DataParallel
internal import Datasets
internal import DomainAdaptation
internal import Mixing
internal import SegmentationModels

extension SelfTraining {
    package func validate(in run: RunConfiguration) throws(ConfigurationError) {
        guard run.model.decoder != nil else {
            throw .impossible(
                "model.decoder",
                "the method '\(Self.kind)' learns the classes of pixels, and a network without a decoder of classes gives none; "
                    + "name one (model.decoder=daformer), or use another method")
        }
        let faults = ConfigurationFaults()
        for check in [validateFeatureDistance, validateMasking, validateMixing, validateInstanceMixing] {
            faults.collect { () throws(ConfigurationError) in try check(run) }
        }
        try faults.throwIfAny()
    }

    private func validateMixing(_ run: RunConfiguration) throws(ConfigurationError) {
        guard mixing.config.needsTargetObjects, !run.findsObjects else { return }
        let remedy = mixing.kind == "bidirectional" ? "directions" : "direction"
        throw .impossible(
            "method.mixing.\(remedy)",
            "the teacher's objects are pasted, and a network without a decoder of objects finds none; use "
                + "\(remedy): source-to-target, or give model.objects")
    }

    private func validateInstanceMixing(_ run: RunConfiguration) throws(ConfigurationError) {
        guard let instanceMixing else { return }
        guard run.findsObjects else {
            throw .impossible(
                "method.instanceMixing",
                "a network without a decoder of objects has nothing to learn from them; give model.objects, or remove the "
                    + "key")
        }
        try instanceMixing.threshold.validate(keyPath: "method.instanceMixing.threshold")
    }

    package var comparesPixelsWithText: Bool { pixelText != nil }

    /// Whether the feature distance is on: without pretrained weights there is nothing to stay near to, and in label
    /// spaces without countable things no cell counts unless classes are named.
    func keepsFeatures(in run: RunConfiguration) -> Bool {
        guard featureDistance.weight > 0, run.model.weights != nil else { return false }
        let classes = try? featureTrainIDs(in: run)
        return classes?.isEmpty != true
    }

    /// The feature distance divides the labels of a crop into the cells of the encoder's deepest map, at its
    /// stride of the image that the encoder sees.
    private func validateFeatureDistance(_ run: RunConfiguration) throws(ConfigurationError) {
        guard keepsFeatures(in: run) else { return }
        let stride = run.model.deepestStride
        let (crop, cell) = (run.data.crop, stride * (run.model.multiResolution?.contextReduction ?? 1))
        guard crop.height.isMultiple(of: cell) && crop.width.isMultiple(of: cell) else {
            throw .impossible(
                "data.crop",
                "a crop of \(crop) does not divide into feature cells of \(cell) pixels, as "
                    + "method.featureDistance needs; use a multiple of \(cell), or featureDistance.weight=0")
        }
        _ = try featureTrainIDs(in: run)
    }

    /// Train ids of the classes that the feature distance looks at: those that are named, or that the label space
    /// names.
    func featureTrainIDs(in run: RunConfiguration) throws(ConfigurationError) -> [Int] {
        let space = run.labelSpace.space
        guard let classes = featureDistance.classes else { return space.featureTrainIDs }
        return try classes.trainIDs(of: space.classNames, keyPath: "method.featureDistance.classes")
    }

    /// Half of the slots show their source: with one image there would be no target.
    private func validateMasking(_ run: RunConfiguration) throws(ConfigurationError) {
        guard maskedConsistency?.images == .sourceAndTarget, case .global(let images) = run.training.batch,
            !images.isMultiple(of: 2)
        else { return }
        throw .impossible(
            "method.maskedConsistency.images",
            "source-and-target masks the source of every even slot and the target of every odd one, and a global batch "
                + "of \(images) does not divide into halves; use an even training.batch.images")
    }
}
