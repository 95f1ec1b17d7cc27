package import Annotations
import Detection
import TensorEngine

/// The objects of an image as queries learn them.
package struct MaskTargets {
    /// Place of each object's class among the decoder's.
    let classes: [Int32]
    private let bitmaps: [MaskBitmap]

    /// - Parameters:
    ///   - classes: place of each object's class among the decoder's.
    ///   - height: of the image as it entered the network, padding included, which holds no object.
    package init(classes: [Int32], masks: [ObjectMask], height: Int, width: Int) {
        precondition(
            classes.count == masks.count, "MaskTargets: \(classes.count) classes of \(masks.count) masks")
        self.classes = classes
        bitmaps = concurrently(masks.count) { MaskBitmap(masks[$0], height: height, width: width) }
    }

    var count: Int { classes.count }

    /// Every object at the same points, `[count, P]`.
    func values(atSharedPoints points: [Float]) -> [Float] {
        values(of: Array(bitmaps.indices), pointsOfEach: points.count / 2) { _ in points[...] }
    }

    /// Some objects at points of their own.
    ///
    /// - Parameter points: `[objects, P, 2]`
    /// - Returns: `[objects, P]`
    func values(of objects: [Int], at points: [Float]) -> [Float] {
        guard !objects.isEmpty else { return [] }
        let length = points.count / objects.count
        return values(of: objects, pointsOfEach: length / 2) { points[$0 * length..<($0 + 1) * length] }
    }

    private func values(
        of objects: [Int], pointsOfEach count: Int, _ points: (Int) -> ArraySlice<Float>
    ) -> [Float] {
        [Float](unsafeUninitializedCapacity: objects.count * count) { values, initialized in
            let rows = values
            Engine.parallelFor(objects.count, grain: 1) { places in
                for place in places {
                    points(place).withUnsafeBufferPointer {
                        bitmaps[objects[place]].sample(
                            at: $0,
                            into: UnsafeMutableBufferPointer(rebasing: rows[place * count..<(place + 1) * count]))
                    }
                }
            }
            initialized = objects.count * count
        }
    }
}
