public import Annotations
internal import Configuration
internal import Datasets
internal import Evaluation
package import Mixing
internal import SegmentationModels

extension RunConfiguration {
    /// Whether the network finds objects beside the classes of pixels.
    package var findsObjects: Bool { model.objects != nil }

    /// Whether the network says of every pixel which class it is.
    package var labelsPixels: Bool { model.labelsPixels(things: labelSpace.space.thingTrainIDs) }

    /// Whether the method learns from objects of the source.
    public var learnsObjects: Bool { method.method.needsObjects(in: self) }

    /// Which objects of the source something is learnt from: those of the group, by the rules of what finds objects;
    /// without that all single ones, which are pasted.
    public var learnedObjects: @Sendable (AnnotatedObject) -> Bool {
        let decoder = model.objects?.config
        // A group that names other classes was refused when the setting was read.
        let things = Set((try? groupTrainIDs) ?? labelSpace.space.thingTrainIDs)
        return { object in
            things.contains(Int(object.trainID)) && (decoder?.learns(from: object) ?? !object.isCrowd)
        }
    }

    /// Which objects of `evaluation.dataset` its measures look at: some know crowds alone.
    public var scoredObjects: @Sendable (AnnotatedObject) -> Bool {
        let scoresPredicted = evaluation.measures.contains(where: \.needsPredictedObjects)
        return { !scoresPredicted || !$0.isCrowd }
    }

    /// What strategies of mixing may ask.
    ///
    /// - Parameter counts: objects of the source by train id; nil where nobody counted.
    package func mixingFacts(objectCounts counts: [Int]? = nil) -> MixingFacts {
        let space = labelSpace.space
        // A group that names other classes was refused when the setting was read.
        let things = (try? groupTrainIDs) ?? space.thingTrainIDs
        return MixingFacts(classNames: space.classNames, things: things.map { UInt8($0) }, objectCounts: counts)
    }

    /// Whether a measure scores objects of `evaluation.dataset`.
    public var scoresObjects: Bool { evaluation.measures.contains(where: \.needsObjects) }

    /// Whether the network is of the same parts and classes as another setting's; where its weights come from does not
    /// matter.
    public func hasNetwork(of other: RunConfiguration) -> Bool {
        var (own, others) = (model, other.model)
        (own.weights, others.weights) = (nil, nil)
        (own.loads, others.loads) = (.encoder, .encoder)
        return own == others && labelSpace.space.classNames == other.labelSpace.space.classNames
    }
}
