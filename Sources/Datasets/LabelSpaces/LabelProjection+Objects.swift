public import Annotations

extension LabelProjection {
    /// Objects with train ids of the destination; those whose class becomes none, or one that is not countable, are
    /// left out.
    public func callAsFunction(_ objects: [AnnotatedObject]) -> [AnnotatedObject] {
        objects.compactMap { object in
            let trainID = table[Int(object.trainID)]
            guard Int(trainID) < destination.classCount, destination.classes[Int(trainID)].isThing else { return nil }
            var projected = object
            projected.trainID = trainID
            return projected
        }
    }

    /// Classes and objects with train ids of the destination.
    public func callAsFunction(_ annotation: Annotation) -> Annotation {
        Annotation(classes: self(annotation.classes), objects: annotation.objects.map { self($0) })
    }
}
