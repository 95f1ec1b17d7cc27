internal import Annotations
package import Configuration
internal import Mixing

extension InstanceSelfTraining {
    package func validate(in run: RunConfiguration) throws(ConfigurationError) {
        guard run.findsObjects else {
            throw .impossible(
                "model.objects",
                "the method '\(Self.kind)' learns objects, and the network finds none; name a decoder of objects")
        }
        guard run.model.decoder == nil else {
            throw .impossible(
                "model.decoder",
                "the method '\(Self.kind)' learns objects alone; use model.decoder=none, or the method dacs with mixing: "
                    + "bidirectional to learn classes of pixels too")
        }
        _ = try ownCar
        guard maskedConsistency?.images != .sourceAndTarget else {
            throw .impossible(
                "method.maskedConsistency.images",
                "the method '\(Self.kind)' hides blocks of target images alone; use images: target")
        }
        try validateBatch(run.training.batch)
    }

    /// Where the teacher's objects are not trusted; nil for nowhere.
    var ownCar: EgoRegion? {
        get throws(ConfigurationError) { try egoRegion?.region(keyPath: "method.egoRegion") }
    }

    /// Slots have their direction by their number: a batch of another size would leave some out.
    private func validateBatch(_ batch: BatchConfiguration) throws(ConfigurationError) {
        let period = mixing.directions.period
        let (images, owner) =
            switch batch {
            case .global(let images): (images, "a global batch of")
            case .perStudent(let images): (images, "students with")
            }
        guard images.isMultiple(of: period) else {
            throw .impossible(
                "training.batch.images",
                "method.mixing.directions=\(mixing.directions.rawValue) shares the images out among \(period) kinds, and \(owner) "
                    + "\(images) image\(images == 1 ? "" : "s") does not divide by \(period); use a multiple of \(period)"
            )
        }
    }

    /// Weights of directions need all kinds of images on every student.
    ///
    /// - Parameter imagesPerStudent: of each domain.
    func requireDirections(imagesPerStudent: Int) throws(ConfigurationError) {
        let period = mixing.directions.period
        guard directionWeights != nil, !imagesPerStudent.isMultiple(of: period) else { return }
        throw .impossible(
            "method.directionWeights",
            "every student needs images of all \(period) kinds, and has \(imagesPerStudent); use a multiple of \(period) images a "
                + "student (training.batch), fewer ranks, or method.directionWeights=null")
    }
}

extension BidirectionalMix.Directions {
    /// Slots after which roles repeat.
    var period: Int {
        switch self {
        case .triplet: 3
        case .both: 2
        case .sourceToTarget, .targetToSource: 1
        }
    }
}
