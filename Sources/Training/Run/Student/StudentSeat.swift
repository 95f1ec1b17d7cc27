/// A student's place in the global batch: which images are its own, and what it draws for them.
package struct StudentSeat: Sendable {
    package let seed: UInt64
    /// The student's images in the global batch.
    package let slots: Range<Int>
    /// Images of each domain in a step, over all students.
    package let globalBatch: Int
    /// Pixels of a crop.
    package let cropPixels: Int

    package init(seed: UInt64, slots: Range<Int>, globalBatch: Int, cropPixels: Int) {
        self.seed = seed
        self.slots = slots
        self.globalBatch = globalBatch
        self.cropPixels = cropPixels
    }

    /// Pixels of the global batch.
    package var globalPixels: Int { globalBatch * cropPixels }

    /// Normalised and mixed batches, whose draws follow the slots.
    package var batches: BatchBuilder { BatchBuilder(seed: seed) }
}
