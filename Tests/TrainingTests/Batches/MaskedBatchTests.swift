import DataLoading
import ImageIO
import Mixing
import Testing

@Suite struct MaskedBatchTests {
    private let builder = BatchBuilder(seed: 5)
    private let mask = BlockMask.Config(blockSize: 4, ratio: 0.5)

    private func samples(_ domain: SampleDomain, _ slots: [Int]) throws -> [Sample] {
        let reader = try memoryReader(
            source: MemoryDataset("s", count: 7), target: MemoryDataset("t", count: 5),
            margins: .crop(CropMargins(top: 2, bottom: 1)))
        return try slots.map { try reader.sample(domain, step: 3, slot: $0) }
    }

    private func masked(
        _ slots: [Int], _ images: MaskedImages, ratio: Float? = nil, augmentation: StrongAugmentation.Config? = nil
    ) throws -> TrainingBatch {
        let labels = slots.map { LabelMap(height: 8, width: 16, channels: 1, filledWith: UInt8(10 + $0)) }
        return builder.maskedBatch(
            source: try samples(.source, slots), target: try samples(.target, slots), pseudoLabels: labels,
            pseudoWeight: 0.25, images: images, mask: .init(blockSize: 4, ratio: ratio ?? mask.ratio),
            augmentation: augmentation)
    }

    @Test func wholeBlocksAreHiddenAndTheRestIsTheTarget() throws {
        let batch = try masked([0, 1], .target)
        let clean = Normalization.imageNet.batch(try samples(.target, [0, 1]).map(\.image))
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
        let batch = try masked([0, 1], .sourceAndTarget, ratio: 0)
        let (source, target) = (try samples(.source, [0]), try samples(.target, [1]))
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
        let together = try masked([0, 1, 2, 3], .target, augmentation: config)
        let apart = try [[0, 1], [2, 3]].map { try masked($0, .target, augmentation: config) }
        #expect(together.pixels == apart.flatMap(\.pixels))
        #expect(together.pixels != (try masked([0, 1, 2, 3], .target)).pixels)
    }
}
