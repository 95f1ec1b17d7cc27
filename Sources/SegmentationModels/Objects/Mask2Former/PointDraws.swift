package import Detection
import Randomness

/// Where the masks of a pass are compared; points are `(x, y)`, one after another.
package protocol PointDraws: Sendable {
    /// Points of an image at which queries are matched to its objects.
    func matchingPoints(_ count: Int, image: Int, prediction: Int) -> [Float]

    /// Points of which a sampler chooses those that a matched query learns from, and those that it adds.
    ///
    /// - Parameter pair: number of the query among the matched ones of its image.
    func maskPoints(
        of sampler: PointSampler, pair: Int, image: Int, prediction: Int
    ) -> (candidates: [Float], fresh: [Float])
}

/// Draws that follow the slots of the images in the global batch, so that they do not depend on who holds them.
struct SlotDraws: PointDraws {
    let seed: UInt64
    let step: Int
    let pass: String
    let slots: [Int]

    init(of batch: ObjectBatch) { (seed, step, pass, slots) = (batch.seed, batch.step, batch.pass, batch.slots) }

    func matchingPoints(_ count: Int, image: Int, prediction: Int) -> [Float] {
        var random = stream(.matchingPoints(ofPass: pass, prediction: prediction), image)
        return PointSampler.uniform(count, using: &random)
    }

    func maskPoints(
        of sampler: PointSampler, pair: Int, image: Int, prediction: Int
    ) -> (candidates: [Float], fresh: [Float]) {
        var random = stream(.maskPoints(ofPass: pass, prediction: prediction), image)
        random.skip(blocks: pair * sampler.blocksOfMask)
        let candidates = PointSampler.uniform(sampler.candidateCount, using: &random)
        return (candidates, PointSampler.uniform(sampler.freshCount, using: &random))
    }

    private func stream(_ name: StreamName, _ image: Int) -> RandomStream {
        RandomStream(seed: seed, name, step: step, rank: slots[image])
    }
}
