import Annotations
import DataLoading
import ImageIO
import Mixing
import Testing
import Training

@Suite struct MaskedBatchTests {
    private let builder = BatchBuilder(seed: 5)
    private let mask = BlockMask.Config(blockSize: 4, ratio: 0.5)

    private func samples(_ domain: SampleDomain, _ slots: [Int]) -> [Sample] {
        HandMadeSamples.samples(domain, slots, margins: (top: 2, bottom: 1))
    }

    private func masked(
        _ slots: [Int], _ images: MaskedImages, ratio: Float? = nil, augmentation: StrongAugmentation.Config? = nil
    ) -> TrainingBatch {
        builder.maskedBatch(
            source: samples(.source, slots), target: samples(.target, slots),
            pseudoLabels: HandMadeSamples.pseudoLabels(slots), confidentShare: 0.25, images: images,
            mask: .init(blockSize: 4, ratio: ratio ?? mask.ratio),
            augmentation: augmentation)
    }

    @Test func wholeBlocksAreHiddenAndTheRestIsTheTarget() throws {
        let batch = masked([0, 1], .target)
        let clean = Normalization.imageNet.batch(samples(.target, [0, 1]).map(\.image))
        var hidden = 0
        for image in 0..<2 {
            for block in 0..<8 {
                let (top, left) = (block / 4 * 4, block % 4 * 4)
                let values = (0..<16).flatMap { pixel in
                    let start = ((image * 8 + top + pixel / 4) * 16 + left + pixel % 4) * 3
                    return zip(batch.pixels[start..<start + 3], clean[start..<start + 3])
                }
                let isHidden = values.allSatisfy { $0.0 == 0 }
                if isHidden { hidden += 1 }
                #expect(isHidden || values.allSatisfy { $0.0 == $0.1 })
            }
        }
        #expect((1..<16).contains(hidden))
        #expect(batch.labels == [Int32](repeating: 10, count: 128) + [Int32](repeating: 11, count: 128))
        let margins = (0..<128).map { Float($0 / 16 < 2 || $0 / 16 == 7 ? 0 : 0.25) }
        #expect(batch.weights == margins + margins)
    }

    @Test func halfOfTheSlotsShowTheirSourceWhereAsked() throws {
        let batch = masked([0, 1], .sourceAndTarget, ratio: 0)
        let (source, target) = (samples(.source, [0]), samples(.target, [1]))
        #expect(batch.pixels == Normalization.imageNet.batch((source + target).map(\.image)))
        #expect(Array(batch.labels[..<128]) == source[0].labels?.pixels.map { Int32($0) })
        #expect(batch.labels[128...].allSatisfy { $0 == 11 })
        #expect(batch.weights?[..<128].allSatisfy { $0 == 1 } == true)
        #expect(batch.weights?[128...].contains(0.25) == true)
    }

    /// A slot's masked image does not depend on the rank that builds it, colours included.
    @Test func slotsAreTheSameInAnyBatch() throws {
        var config = StrongAugmentation.Config()
        config.jitterThreshold = -1
        let together = masked([0, 1, 2, 3], .target, augmentation: config)
        let apart = [[0, 1], [2, 3]].map { masked($0, .target, augmentation: config) }
        #expect(together.pixels == apart.flatMap(\.pixels))
        #expect(together.pixels != (masked([0, 1, 2, 3], .target)).pixels)
    }
}
