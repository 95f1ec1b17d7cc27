internal import Configuration
package import DataLoading
package import DataParallel
internal import DomainAdaptation
internal import Mixing
internal import NN
package import SegmentationModels

extension SelfTraining: TeachingMethod {
    package static let kind = "dacs"
    package static let title = "self-training"

    package var usesTarget: Bool { true }
    package var stepsBeforeTeacher: Int { sourceOnlySteps }
    package var matching: SampleLoader.Matching? {
        guard colorTransfer else { return nil }
        return { [sourceOnlySteps] source, target in
            source.planned.step >= sourceOnlySteps ? source.withColors(of: target) : source
        }
    }

    package var files: [(key: String, path: String)] {
        [textAlignment?.file, pixelText?.file].compactMap { file in file.map { ($0.keyPath, $0.path) } }
    }

    package func needsObjects(in run: RunConfiguration) -> Bool {
        run.findsObjects || mixing.config.needsObjects
    }

    package func countsObjects(in run: RunConfiguration) -> Bool {
        mixing.config.countsObjects || instanceMixing?.setting.countsObjects ?? false
    }

    /// Class maps first; then objects, where they are mixed.
    package func labelers(in run: RunConfiguration) -> [PseudoLabels.Contents] {
        firstStepWithObjects == nil ? [.classMaps] : [.classMaps, .objects]
    }

    /// The first step in which the teacher is asked for objects; nil where it never is.
    private var firstStepWithObjects: Int? {
        mixing.config.needsTargetObjects ? sourceOnlySteps : instanceMixing?.from
    }

    package func requireFiles(in run: RunConfiguration) throws {
        _ = try classTexts(in: run, .files)
        _ = try pixelTexts(in: run, .files)
    }

    package func notices(in run: RunConfiguration) -> [String] {
        let steps = run.training.steps
        var notices: [String] = []
        if sourceOnlySteps >= steps {
            notices.append(
                "method.sourceOnlySteps=\(sourceOnlySteps) lasts for all \(steps) steps: target images are not used")
        } else {
            let parts = [("instanceMixing", instanceMixing?.from), ("invertedClassMix", invertedClassMix?.from)]
            for (key, from) in parts {
                guard let from, from >= steps else { continue }
                notices.append("method.\(key).from=\(from) lies behind all \(steps) steps: there is none with it")
            }
        }
        if featureDistance.weight > 0, run.model.weights != nil, !keepsFeatures(in: run) {
            notices.append(
                "method.featureDistance does nothing, as no class is named for it: name some in "
                    + "method.featureDistance.classes or in featureClasses of the label space, mark countable ones "
                    + "with thing: true, or set method.featureDistance.weight=0")
        }
        if pixelText != nil, run.model.textProjection != nil {
            notices.append(
                "method.pixelText compares text with model.textProjection, not with the head's own map: a cheap "
                    + "stand-in for the published method, to be named with its results")
        }
        return notices
    }

    /// The frozen encoder of the feature distance.
    package func keptNumbers(in run: RunConfiguration, beside network: SegmentationNetwork) -> Int {
        keepsFeatures(in: run) ? network.encoder.parameterCount : 0
    }

    package func timed(classCount: Int) -> SelfTraining {
        var timed = self
        timed.sourceOnlySteps = 0
        timed.augmentation.jitterThreshold = 1
        timed.augmentation.blur = false
        timed.maskedConsistency?.augmentation = nil
        timed.mixing = mixing.withoutTeacher
        timed.instanceMixing?.bidirectional = instanceMixing?.bidirectional?.withoutTeacher
        timed.instanceMixing?.from = 0
        // A teacher of random weights is sure of nothing.
        timed.instanceMixing?.threshold = .fixed(0)
        timed.invertedClassMix?.from = 0
        // Labels of all classes are as frequent, and the time of a cell does not depend on its class.
        timed.featureDistance.classes = (0..<classCount).map { .trainID($0) }
        return timed
    }

    // MARK: Assembly

    package func makeStep(_ student: StudentAssembly) throws -> any TrainingStep {
        try SelfTrainingStep(
            student, self, teacher: try student.pseudoLabels(of: self), featureDistance: try featureDistance(student),
            textAlignment: try textAlignment(student), pixelText: try pixelText(student))
    }

    package func makeTeacher(_ assembly: TeacherAssembly) throws -> Teacher {
        let network = try assembly.makeNetwork()
        var labelers: [any TargetLabeler] = [PseudoLabeler(threshold: Float(pseudoThreshold))]
        if let firstStepWithObjects, let decoder = network.objectDecoder {
            labelers.append(ObjectLabeler(decoder, firstStep: firstStepWithObjects))
        }
        return Teacher(
            network, average: EMATeacher(network, decay: Float(emaDecay)), labelers: labelers,
            reduceStatistics: assembly.reduceStatistics,
            restarts: restartsTeacher ? Set(assembly.configuration.schedule.phaseEnds) : [])
    }

    private func featureDistance(_ student: StudentAssembly) throws -> FeatureDistance? {
        guard keepsFeatures(in: student.configuration), let frozen = try student.initialNetwork() else { return nil }
        return FeatureDistance(
            featureDistance, classes: try featureTrainIDs(in: student.configuration), frozen: frozen.encoder)
    }

    private func textAlignment(_ student: StudentAssembly) throws -> AlignedClassFeatures? {
        guard let settings = textAlignment,
            let texts = try classTexts(in: student.configuration, student.materials)
        else { return nil }
        let width = student.replica.network.encoder.layout.deepest.channels
        return AlignedClassFeatures(settings, texts: texts, featureWidth: width, student.sums)
    }

    private func pixelText(_ student: StudentAssembly) throws -> PixelTextLoss? {
        guard let settings = pixelText, let table = try pixelTexts(in: student.configuration, student.materials)
        else { return nil }
        return PixelTextLoss(
            settings, table: table, of: student.replica.network, pixels: student.seat.globalPixels)
    }
}
