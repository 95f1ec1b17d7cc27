import Annotations
import Detection

/// The objects of an image as a decoder learns them.
struct ObjectTargets {
    /// Place of each object's class among the decoder's.
    let classes: [Int32]
    let masks: [ObjectMask]
    /// With the indices of the first and last pixels (EDAPS).
    let boxes: [Box]

    /// Objects of other classes are left out.
    ///
    /// - Parameters:
    ///   - classes: train ids of the decoder's classes, by place.
    ///   - isLearned: which objects are learned from; published rules differ in what is too small, and none takes
    ///     crowds.
    init(
        _ objects: [AnnotatedObject], classes: [UInt8], where isLearned: (AnnotatedObject) -> Bool
    ) {
        let places = Dictionary(uniqueKeysWithValues: zip(classes, Int32(0)...))
        let learned = objects.filter { isLearned($0) && places[$0.trainID] != nil }
        self.classes = learned.compactMap { places[$0.trainID] }
        masks = learned.map(\.mask)
        boxes = learned.map { Box(inclusive: $0.box) }
    }

    var count: Int { masks.count }
    var isEmpty: Bool { masks.isEmpty }
}
