import DataLoading
import Testing

@Suite struct CropPlanTests {
    private func sample(_ step: Int, rareClass: Int? = nil, domain: SampleDomain = .source) -> PlannedSample {
        PlannedSample(domain: domain, index: 0, step: step, slot: 0, rareClass: rareClass, isFlipped: false)
    }

    private func crop(
        _ plan: CropPlan, _ sample: PlannedSample, _ height: Int, _ width: Int, labels: [UInt8]
    ) -> Crop {
        labels.withUnsafeBufferPointer {
            plan.crop(of: sample, imageHeight: height, imageWidth: width, labels: $0)
        }
    }

    @Test func everyOffsetOccursAndNoneIsOutside() {
        let plan = CropPlan(seed: 1, height: 3, width: 5)
        let crops = (0..<500).map { plan.crop(of: sample($0, domain: .target), imageHeight: 5, imageWidth: 8) }
        #expect(Set(crops.map(\.top)) == [0, 1, 2])
        #expect(Set(crops.map(\.left)) == [0, 1, 2, 3])
        #expect(crops.allSatisfy { $0.height == 3 && $0.width == 5 })
    }

    @Test func anImageSmallerThanTheCropIsTakenWhole() {
        let plan = CropPlan(seed: 1, height: 10, width: 4)
        let crop = plan.crop(of: sample(0), imageHeight: 6, imageWidth: 4)
        #expect(crop == Crop(top: 0, left: 0, height: 6, width: 4, isFlipped: false))
    }

    @Test func cropsOfOneClassAreDrawnAgain() {
        // Left half one class, right half another: only crops over the border are balanced.
        let labels = (0..<20 * 40).map { UInt8($0 % 40 < 20 ? 1 : 2) }
        let balanced = CropPlan(seed: 1, height: 10, width: 20)
        let any = CropPlan(seed: 1, height: 10, width: 20, maxClassShare: 1)
        func unbalanced(_ plan: CropPlan) -> Int {
            (0..<200).filter { step in
                let left = crop(plan, sample(step), 20, 40, labels: labels).left
                let share = Double(max(20 - left, left)) / 20
                return share >= 0.75
            }.count
        }
        #expect(unbalanced(any) > 60)
        // Eleven draws fail with (12/21)^11 = 0.2 %.
        #expect(unbalanced(balanced) < 5)
    }

    @Test func ignoredPixelsDoNotCountAsAClass() {
        // Class 1 and ignored pixels alternate: every crop has one class, and ten redraws are made in vain.
        let labels = (0..<400).map { UInt8($0 % 2 == 0 ? 1 : 255) }
        let strict = CropPlan(seed: 1, height: 5, width: 5)
        let any = CropPlan(seed: 1, height: 5, width: 5, maxClassShare: 1)
        let differing = (0..<50).filter {
            crop(strict, sample($0), 20, 20, labels: labels) != crop(any, sample($0), 20, 20, labels: labels)
        }
        #expect(differing.count > 40)
    }

    @Test func cropsShowTheRareClassTheImageWasDrawnFor() {
        // One 8x8 block of class 3 in the corner of a 64x64 image of stripes.
        var labels = (0..<64 * 64).map { UInt8($0 % 2) }
        for y in 0..<8 { for x in 0..<8 { labels[y * 64 + x] = 3 } }
        let plan = CropPlan(seed: 1, height: 32, width: 32, minRareClassPixels: 8)
        func shown(_ sample: PlannedSample) -> Bool {
            let place = crop(plan, sample, 64, 64, labels: labels)
            return max(0, 8 - place.top) * max(0, 8 - place.left) > 8
        }
        let plain = (0..<300).filter { shown(sample($0)) }.count
        let sought = (0..<300).filter { shown(sample($0, rareClass: 3)) }.count
        // A crop shows it in about 4 % of the draws; eleven draws reach about a third.
        #expect(plain < 30)
        #expect(sought > 60)
    }
}
