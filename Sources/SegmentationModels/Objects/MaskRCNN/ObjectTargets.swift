import Annotations
import Detection

/// The objects of an image as a detector learns them.
struct ObjectTargets {
    /// With the indices of the first and last pixels (EDAPS).
    let boxes: [Box]
    /// Place of each object's class among the detector's.
    let classes: [Int32]
    let masks: [ObjectMask]

    /// Crowds, objects without a side and objects of other classes are left out.
    init(_ objects: [AnnotatedObject], things: [UInt8]) {
        let places = Dictionary(uniqueKeysWithValues: zip(things, Int32(0)...))
        let learned = objects.filter { $0.isTrainable && places[$0.trainID] != nil }
        boxes = learned.map { Box(inclusive: $0.box) }
        classes = learned.compactMap { places[$0.trainID] }
        masks = learned.map(\.mask)
    }

    var isEmpty: Bool { boxes.isEmpty }
}
