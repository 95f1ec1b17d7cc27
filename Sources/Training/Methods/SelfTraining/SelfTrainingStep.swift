internal import Annotations
internal import Configuration
package import DataLoading
package import DataParallel
package import DomainAdaptation
internal import ImageIO
internal import Mixing
internal import NN
internal import SegmentationModels
internal import TensorEngine

/// Self-training as in DAFormer (Hoyer et al., arXiv:2111.14887, section 3; DACS, arXiv:2007.08702): an EMA teacher
/// labels target images, and the student learns source images and mixtures of both domains.
///
/// `L = L_source + L_features + L_text + L_mixed + L_inverted + L_masked`, each with its own weight, and where the
/// network finds objects `L_objects` of source images and `L_objects` of images with pasted objects; gradients of all
/// passes add up. MIC adds the masked pass, CoPT the distance from text, CDA a second term of the source and the mixed
/// passes, HRDA a network of two resolutions; EDAPS and LIDAPS are the step on a network that finds objects, LIDAPS
/// with instance mixing and CDA. Each works with and without the others.
///
/// Everything that couples images is over the global batch: the weight of the pseudo-labels, the classes that ClassMix
/// draws from, the cells of the feature distance, the class features that text is compared with, and the number of
/// pixels every loss is divided by; of objects the numbers of sampled anchors, sampled regions and their positives by
/// which the decoder's losses are divided, whether an image has none to learn from, and whether an image has none that
/// the teacher is sure of.
package struct SelfTrainingStep: TrainingStep {
    let replica: Replica
    let seat: StudentSeat
    let sums: GlobalSums
    let pass: TrainingPass
    let parameters: SelfTraining
    let mixing: any MixingStrategy
    let teacher: any PseudoLabelProvider
    /// Only with pretrained weights.
    let featureDistance: FeatureDistance?
    /// Only with a table of class embeddings.
    let textAlignment: AlignedClassFeatures?
    /// Only with a table of pixel texts.
    let pixelText: PixelTextLoss?
    /// Only with a network that finds objects.
    let instances: InstanceMixer?

    package init(
        _ student: StudentAssembly, _ parameters: SelfTraining, teacher: any PseudoLabelProvider,
        featureDistance: FeatureDistance?, textAlignment: AlignedClassFeatures?, pixelText: PixelTextLoss?
    ) throws {
        (replica, seat, sums, pass) = (student.replica, student.seat, student.sums, student.pass)
        self.parameters = parameters
        mixing = try parameters.mixing.config.makeStrategy(student.mixing, keyPath: "method.mixing")
        self.teacher = teacher
        self.featureDistance = featureDistance
        self.textAlignment = textAlignment
        self.pixelText = pixelText
        let classCount = student.configuration.model.classes
        instances = try parameters.instanceMixing.map {
            try InstanceMixer($0, classCount: classCount, student.mixing)
        }
    }

    package var parts: [any CheckpointPart] {
        let memories = [
            MixingMemory(of: mixing, slots: seat.slots),
            instances.flatMap { MixingMemory(of: $0.strategy, slots: seat.slots, named: "objectMixing") },
        ]
        return teacher.parts + (textAlignment.map { [$0] } ?? []) + memories.compactMap { $0 }
            + (instances?.threshold.parts ?? [])
    }

    package func run(_ step: Int, _ batch: LoadedBatch) throws -> StepLosses {
        textAlignment?.begin()
        instances?.threshold.begin()
        var losses = StepLosses()
        guard step >= parameters.sourceOnlySteps else {
            try replica.backwardAndReduce(sourceLoss(step, batch, &losses))
            return losses
        }
        // The teacher averages the weights from before this step; a teacher rank labels while the source pass runs.
        replica.enter(.optimizer)
        try teacher.begin(step)

        replica.enter(.forward)
        replica.backward(try sourceLoss(step, batch, &losses))

        replica.enter(.teacher)
        let targetImages = seat.batches.images(of: batch.target)
        let target = try labelled(step, targetImages, &losses)

        if let loss = try targetTextLoss(step, targetImages, target, &losses) { replica.backward(loss) }
        if let loss = try mixedObjectLoss(step, batch, target.objects, &losses) { replica.backward(loss) }

        var passes = [mixedLoss]
        if let inverted = parameters.invertedClassMix, step >= inverted.from { passes.append(invertedLoss) }
        if parameters.maskedConsistency != nil { passes.append(maskedLoss) }
        for pass in passes.dropLast() { replica.backward(try pass(step, batch, target, &losses)) }
        if let last = passes.last { try replica.backwardAndReduce(last(step, batch, target, &losses)) }
        return losses
    }

    package func undo() {
        textAlignment?.undo()
        instances?.threshold.undo()
    }

    /// What the teacher says of the student's target images.
    private struct Labelled {
        let annotations: [Annotation]
        /// Share of the global batch's pixels that the teacher is sure of: the weight of all its labels.
        let confidentShare: Float
        /// Sure ones and others; nil where it is not asked for any.
        let objects: [[AnnotatedObject]]?
    }

    /// A message each of the labelers: class maps, and objects where there is instance mixing.
    private func labelled(_ step: Int, _ images: Tensor, _ losses: inout StepLosses) throws -> Labelled {
        let messages = try teacher.messages(step, images)
        let confidentShare = try sums.share(ofPixels: messages[0].confidentCounts.reduce(0, +))
        losses.report("confidentShare", confidentShare)
        let objects = messages.count > 1 ? messages[1].objects : nil
        var annotations = messages[0].annotations
        if mixing.needsTargetObjects, let objects {
            for index in annotations.indices { annotations[index].objects = objects[index] }
        }
        return Labelled(annotations: annotations, confidentShare: Float(confidentShare), objects: objects)
    }

    /// Cross-entropy on the source images, the distance of their features from those of the pretrained encoder, the
    /// distances of their classes and of their pixels from text, and the losses of their objects.
    private func sourceLoss(_ step: Int, _ batch: LoadedBatch, _ losses: inout StepLosses) throws -> Tensor {
        let source = seat.batches.sourceBatch(batch.source)
        let images = source.images
        let output = pass.output(of: replica.network, images, step, "source")
        var sum = pass.loss(output, source)
        losses.append("source", sum)
        if let distance = try featureLoss(output, source) {
            losses.append("features", distance)
            sum = sum + distance
        }
        if let textAlignment, textAlignment.features != .target {
            let labels = batch.source.compactMap(\.labels)
            if let loss = try textAlignment.loss(output.features.deepest, labels, &losses) {
                sum = sum + loss
            }
        }
        if let loss = pixelTextLoss(output, source, "pixelText", &losses) { sum = sum + loss }
        if let objects = try pass.objectLoss(
            of: replica.network, output.features, source, step, "source", sums, &losses)
        {
            sum = sum + objects
        }
        return sum
    }

    /// What every pixel of a pass is against the words for its class.
    private func pixelTextLoss(
        _ output: SegmentationNetwork.Output, _ batch: TrainingBatch, _ name: String, _ losses: inout StepLosses
    ) -> Tensor? {
        guard let loss = pixelText?(output, targets: batch.targets) else { return nil }
        losses.append(name, loss)
        return loss
    }

    private func featureLoss(_ output: SegmentationNetwork.Output, _ source: TrainingBatch) throws -> Tensor? {
        guard let featureDistance else { return nil }
        let reference = featureDistance.reference(output.featureImages)
        let mask = featureDistance.mask(
            labels: source.targets, rows: reference.shape[1], columns: reference.shape[2])
        let cells = try sums.sum(mask.sum())
        let sum = featureDistance.weightedSum(
            features: output.features.deepest, reference: reference, mask: mask)
        return sum / Tensor.maximum(cells, Tensor(1))
    }

    /// The distance from text of the classes that the teacher sees in clean target images.
    private func targetTextLoss(
        _ step: Int, _ images: Tensor, _ target: Labelled, _ losses: inout StepLosses
    ) throws -> Tensor? {
        guard let textAlignment, textAlignment.features != .source else { return nil }
        replica.enter(.targetTextForward)
        let features = replica.network.features(images, in: pass.context(step, "target text"))
        return try textAlignment.loss(features.deepest, target.annotations.map(\.classes), &losses)
    }

    /// Cross-entropy on mixtures of source and target images.
    private func mixedLoss(
        _ step: Int, _ batch: LoadedBatch, _ target: Labelled, _ losses: inout StepLosses
    ) throws -> Tensor {
        replica.enter(.mixing)
        let mixed = parameters.mixedBatch(
            seat.batches, source: batch.source, target: batch.target, labels: target.annotations,
            confidentShare: target.confidentShare, mixing: mixing, classes: try sums.classes(of: batch.source))
        replica.enter(.mixedForward)
        let output = pass.output(of: replica.network, mixed.images, step, "mixed")
        let loss = pass.loss(output, mixed)
        losses.append("mixed", loss)
        return pixelTextLoss(output, mixed, "mixedPixelText", &losses).map { loss + $0 } ?? loss
    }

    /// Cross-entropy on source images with the classes of target images (an ablation of LIDAPS).
    private func invertedLoss(
        _ step: Int, _ batch: LoadedBatch, _ target: Labelled, _ losses: inout StepLosses
    ) throws -> Tensor {
        replica.enter(.mixing)
        let seen = ClassPresence(of: target.annotations.map(\.classes))
        let mixed = parameters.invertedBatch(
            seat.batches, source: batch.source, target: batch.target, labels: target.annotations,
            confidentShare: target.confidentShare, classes: try sums.classes(of: seen))
        replica.enter(.mixedForward)
        let output = pass.output(of: replica.network, mixed.images, step, "inverted")
        let loss = pass.loss(output, mixed)
        losses.append("inverted", loss)
        return pixelTextLoss(output, mixed, "invertedPixelText", &losses).map { loss + $0 } ?? loss
    }

    /// Cross-entropy on images with hidden blocks (MIC, arXiv:2212.01322, section 3.2).
    private func maskedLoss(
        _ step: Int, _ batch: LoadedBatch, _ target: Labelled, _ losses: inout StepLosses
    ) throws -> Tensor {
        guard let masking = parameters.maskedConsistency else {
            preconditionFailure("SelfTrainingStep: there are no hidden blocks")
        }
        replica.enter(.mixing)
        let masked = masking.batch(
            seat.batches, source: batch.source, target: batch.target, labels: target.annotations,
            confidentShare: target.confidentShare)
        replica.enter(.maskedForward)
        let output = pass.output(of: replica.network, masked.images, step, "masked")
        let loss = pass.loss(output, masked) * Float(masking.lossWeight)
        losses.append("masked", loss)
        return loss
    }
}

extension StepPhase {
    /// The pass over clean target images, where their class features are compared with text.
    static let targetTextForward = forward(of: "target text")
    /// Mixing both domains and hiding blocks, on the host.
    static let mixing = StepPhase("mixing")
    static let mixedForward = forward(of: "mixed")
    static let maskedForward = forward(of: "masked")
}
