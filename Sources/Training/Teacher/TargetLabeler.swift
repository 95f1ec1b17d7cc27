package import Annotations
package import DataParallel
package import DomainAdaptation
package import SegmentationModels
internal import TensorEngine

/// Something that looks at target images and tells students about them.
package protocol TargetLabeler {
    /// What it says of the target images of a step, as it travels.
    func message(about target: TeacherPass) -> PseudoLabels
}

extension PseudoLabeler: TargetLabeler {
    package func message(about target: TeacherPass) -> PseudoLabels {
        let layout = target.layout(.classMaps)
        let labels = labels(of: target.output.logits, height: layout.height, width: layout.width)
        return PseudoLabels(
            step: target.step, layout: layout, labels: labels.labels, confidentCounts: labels.confidentCounts)
    }
}

/// Tells which objects a teacher sees in target images, with classes and scores.
package struct ObjectLabeler: TargetLabeler {
    private let decoder: any ObjectDecoder
    /// Nobody asks before: then it says that there are none, and does nothing.
    private let firstStep: Int
    /// Others are not told of.
    private let isSure: (AnnotatedObject) -> Bool

    /// - Parameter isSure: whether a student is told of an object; all are, unless it says so.
    package init(
        _ decoder: any ObjectDecoder, firstStep: Int = 0, isSure: @escaping (AnnotatedObject) -> Bool = { _ in true }
    ) {
        self.decoder = decoder
        self.firstStep = firstStep
        self.isSure = isSure
    }

    package func message(about target: TeacherPass) -> PseudoLabels {
        let layout = target.layout(.objects)
        guard target.step >= firstStep else {
            return PseudoLabels(
                step: target.step, layout: layout, objects: [[AnnotatedObject]](repeating: [], count: layout.imageCount)
            )
        }
        let objects = withoutGradients {
            decoder.detections(
                target.output.features, height: layout.height, width: layout.width,
                masksOf: (layout.height, layout.width), in: target.context)
        }
        // A mask may have no pixel that is more likely inside than outside.
        return PseudoLabels(
            step: target.step, layout: layout, objects: objects.map { $0.filter { !$0.mask.isEmpty && isSure($0) } })
    }
}
