import Annotations
import Detection
import Testing

@Suite struct MaskRasterTests {
    private func object(_ raster: MaskRaster, _ logits: [Float]) -> (mask: ObjectMask, confidence: Float) {
        logits.withUnsafeBufferPointer { raster.object($0) }
    }

    private func lines(_ raster: MaskRaster, _ logits: [Float]) -> [[Float]] {
        (0..<raster.height).map { row in
            var line = [Float](repeating: 0, count: raster.width)
            logits.withUnsafeBufferPointer { logits in
                line.withUnsafeMutableBufferPointer { raster.fill($0, row: row, of: logits) }
            }
            return line
        }
    }

    /// PyTorch: F.interpolate(torch.tensor([[[[1., -3.], [5., 2.]]]]), size=(4, 4), mode="bilinear")
    @Test func linesAreThoseOfBilinearResizing() {
        let raster = MaskRaster(cells: (2, 2), entered: (4, 4), content: (4, 4), size: (4, 4))
        #expect(
            lines(raster, [1, -3, 5, 2]) == [
                [1, 0, -2, -3], [2, 1.0625, -0.8125, -1.75], [4, 3.1875, 1.5625, 0.75], [5, 4.25, 2.75, 2],
            ])
    }

    /// Two steps with padding cut between them, against steps made one after the other.
    @Test func twoStepsAreOneAfterTheOther() {
        let logits = (0..<12).map { Float(($0 * 7) % 11) - 5 }
        let entered = MaskRaster(cells: (3, 4), entered: (12, 16), content: (12, 16), size: (12, 16))
        let cut = lines(entered, logits).prefix(10).flatMap { $0.prefix(13) }
        let last = MaskRaster(cells: (10, 13), entered: (17, 29), content: (17, 29), size: (17, 29))
        let whole = MaskRaster(cells: (3, 4), entered: (12, 16), content: (10, 13), size: (17, 29))
        for (expected, actual) in zip(lines(last, cut), lines(whole, logits)) {
            #expect(zip(expected, actual).allSatisfy { abs($0 - $1) < 1e-5 })
        }
    }

    @Test func pixelsAboveZeroAreTheMaskAndTheirMeanProbabilityItsConfidence() {
        let raster = MaskRaster(cells: (2, 3), entered: (2, 3), content: (2, 3), size: (2, 3))
        let (mask, confidence) = object(raster, [0, 2, 1, -1, -4, 3])
        #expect(mask.runs == [PixelRun(row: 0, start: 1, end: 3), PixelRun(row: 1, start: 2, end: 3)])
        // (sigmoid(2) + sigmoid(1) + sigmoid(3)) / (3 + 1e-6)
        #expect(abs(confidence - 0.854_810) < 1e-5)
    }

    @Test func aMapWithoutAPixelAboveZeroIsNoObject() {
        let raster = MaskRaster(cells: (2, 2), entered: (8, 8), content: (5, 8), size: (7, 9))
        let (mask, confidence) = object(raster, [0, -1, .nan, -.infinity])
        #expect(mask.isEmpty && confidence == 0)
    }

    /// What lies in the padding alone is not seen.
    @Test func paddingIsCutAway() {
        let raster = MaskRaster(cells: (4, 4), entered: (16, 16), content: (8, 8), size: (8, 8))
        let (mask, _) = object(raster, (0..<16).map { $0 >= 12 ? 5 : -1 })
        #expect(mask.isEmpty)
    }
}

@Suite struct QuerySelectorTests {
    @Test func theBestPairsAreTakenWithoutThatForNoObject() {
        let probabilities: [Float] = [0.1, 0.2, 0.7, 0.5, 0.3, 0.2, 0.3, 0.3, 0.4]
        let best = QuerySelector.best(probabilities[...], classCount: 2, limit: 4)
        #expect(best.map(\.query) == [1, 1, 2, 2] && best.map(\.classIndex) == [0, 1, 0, 1])
        #expect(best.map(\.probability) == [0.5, 0.3, 0.3, 0.3])
    }

    @Test func whatIsNoNumberIsNoChoice() {
        #expect(
            QuerySelector.best([.nan, .nan, .nan, 0.4, .nan, 0.6][...], classCount: 2, limit: 9).map(\.query) == [1])
    }
}

@Suite struct SegmentMergerTests {
    private func segments(_ masks: [[Float]], scores: [Float], share: Float = 0.8) -> [ObjectMask] {
        let width = masks[0].count
        let raster = MaskRaster(cells: (1, width), entered: (1, width), content: (1, width), size: (1, width))
        return masks.flatMap { $0 }.withUnsafeBufferPointer { logits in
            SegmentMerger(raster, share: share).segments(logits, scores: scores) { count, body in
                for place in 0..<count { body(place) }
            }
        }
    }

    /// 0.9 * sigmoid(1) = 0.658 and 0.5 * sigmoid(9) = 0.4999.
    @Test func aPixelGoesToTheLargestProductOfScoreAndProbability() {
        let masks = segments([[1, 1, 1, 1, 1], [-9, -9, -9, 9, 9]], scores: [0.9, 0.5])
        #expect(masks[0].runs == [PixelRun(row: 0, start: 0, end: 5)] && masks[1].isEmpty)
    }

    @Test func aPixelThatIsInsideOfNoneIsNobodys() {
        let masks = segments([[3, 3, -2, -3, -3], [-9, -9, -3, -2, 4]], scores: [0.9, 0.9], share: 0.5)
        #expect(masks[0].runs == [PixelRun(row: 0, start: 0, end: 2)])
        #expect(masks[1].runs == [PixelRun(row: 0, start: 4, end: 5)])
    }

    /// Two of four pixels are left.
    @Test func aMaskOfWhichTooLittleIsLeftIsNone() {
        let masks: [[Float]] = [[2, 2, 2, 2, -9], [-9, -9, 8, 8, 8]]
        #expect(segments(masks, scores: [0.8, 0.9])[0].isEmpty)
        #expect(segments(masks, scores: [0.8, 0.9], share: 0.5)[0].runs == [PixelRun(row: 0, start: 0, end: 2)])
        #expect(segments(masks, scores: [0.8, 0.9])[1].area == 3)
    }

    @Test func withoutMasksThereAreNoSegments() {
        let raster = MaskRaster(cells: (1, 1), entered: (1, 1), content: (1, 1), size: (1, 1))
        let none = [Float]().withUnsafeBufferPointer {
            SegmentMerger(raster, share: 0.8).segments($0, scores: []) { _, _ in }
        }
        #expect(none.isEmpty)
    }
}
