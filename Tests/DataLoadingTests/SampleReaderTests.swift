import Annotations
import DataLoading
import ImageIO
import Testing

@Suite struct SampleReaderTests {
    @Test func imageLabelsAndObjectsShowTheSamePlace() throws {
        let reader = try memoryReader(source: MemoryDataset("s", count: 9), target: nil, readsObjects: true)
        var flips = 0
        for step in 0..<20 {
            let sample = try reader.sample(.source, step: step, slot: 0)
            let labels = try #require(sample.labels)
            let objects = try #require(sample.annotation?.objects)
            #expect(sample.name == "s\(sample.planned.index)")
            #expect(sample.validity == nil)
            flips += sample.crop.isFlipped ? 1 : 0
            for y in 0..<8 {
                for x in 0..<16 {
                    let column = sample.crop.isFlipped ? sample.crop.left + 15 - x : sample.crop.left + x
                    #expect(sample.image[y, x, 0] == UInt8(sample.crop.top + y))
                    #expect(sample.image[y, x, 1] == UInt8(column))
                    #expect(sample.image[y, x, 2] == UInt8(sample.planned.index))
                    // Every fifth column is a crowd.
                    #expect(labels[y, x] == (column % 5 == 0 ? 255 : UInt8(column * 4 / 32)))
                }
            }
            // Every column of the image is an object, in their order; those outside of the crop are gone.
            #expect(objects.map { Int($0.trainID) } == (sample.crop.left..<sample.crop.left + 16).map { 11 + $0 % 8 })
            for (index, object) in objects.enumerated() {
                let column = sample.crop.isFlipped ? 15 - index : index
                #expect(object.box == PixelBox(top: 0, left: column, height: 8, width: 1))
                #expect(object.mask.area == 8)
                #expect(object.isCrowd == ((sample.crop.left + index) % 5 == 0))
            }
        }
        #expect(flips > 2 && flips < 18)
    }

    /// A region of the camera's images goes where the pixels go.
    @Test func aRegionFollowsResizingCropAndMirroring() throws {
        // The right half of images of 32x64 pixels, of which a column is a value of the second channel.
        let region = try EgoRegion(height: 32, width: 64, corners: [32, 0, 64, 0, 64, 32, 32, 32])
        let reader = try memoryReader(
            source: MemoryDataset("s", count: 1), target: MemoryDataset("t", count: 9))
        var flips = 0
        for step in 0..<20 {
            let sample = try reader.sample(.target, step: step, slot: 0)
            flips += sample.crop.isFlipped ? 1 : 0
            var inside = LabelMap(height: 8, width: 16, channels: 1, filledWith: 0)
            sample.mask(of: region).paint(1, into: &inside)
            for pixel in 0..<128 {
                let column = Int(sample.image.pixels[3 * pixel + 1])
                #expect((inside.pixels[pixel] == 1) == (2 * column >= sample.imageWidth))
            }
        }
        #expect(flips > 2 && flips < 18)
    }

    /// A run about classes alone.
    @Test func objectsAreNeitherReadNorKeptWithoutNeed() throws {
        let source = MemoryDataset("s", count: 3)
        let reader = try memoryReader(source: source, target: nil)
        for step in 0..<6 {
            #expect(try reader.sample(.source, step: step, slot: 0).annotation?.objects == nil)
        }
        #expect(source.objectReadCount == 0)
        let needing = try memoryReader(source: source, target: nil, readsObjects: true)
        for step in 0..<6 { _ = try needing.sample(.source, step: step, slot: 0) }
        #expect(source.objectReadCount == 3)
    }

    @Test func needOfObjectsThatThereAreNotIsAnErrorThatNamesTheImage() throws {
        let reader = try memoryReader(
            source: MemoryDataset("s", count: 1, objects: .none), target: nil, readsObjects: true)
        #expect {
            try reader.sample(.source, step: 0, slot: 0)
        } throws: { error in
            "\(error)".contains("/s/0.png: has no file of objects; add its instance ids, or use a method")
        }
        let others = try memoryReader(
            source: MemoryDataset("s", count: 1, objects: .ofAnotherSize), target: nil, readsObjects: true)
        #expect {
            try others.sample(.source, step: 0, slot: 0)
        } throws: { error in
            "\(error)".contains("/s/0.png: is 31x24, but its label is 32x24; restore the files")
        }
    }

    /// 24x32 into 12x16: every other column is gone.
    @Test func objectsAreResizedAsTheLabelsAre() throws {
        let reader = try memoryReader(
            source: MemoryDataset("s", count: 2), target: nil, crop: (12, 16), resize: .fitting(height: 12, width: 16),
            readsObjects: true)
        let sample = try reader.sample(.source, step: 0, slot: 0)
        let objects = try #require(sample.annotation?.objects)
        #expect(objects.map { Int($0.trainID) } == stride(from: 0, to: 32, by: 2).map { 11 + $0 % 8 })
        #expect(objects.allSatisfy { $0.box.width == 1 && $0.box.height == 12 })
    }

    /// Crops of 16 of 32 columns, each of which is an object.
    @Test func objectsOutsideOfTheCropStayWhereTheyAreWantedWithEmptyMasks() throws {
        func objects(_ keeps: Bool) throws -> [AnnotatedObject] {
            let reader = try memoryReader(
                source: MemoryDataset("s", count: 2), target: nil, readsObjects: true, keepsCutOffObjects: keeps)
            return try #require(reader.sample(.source, step: 0, slot: 0).annotation?.objects)
        }
        let (seen, all) = (try objects(false), try objects(true))
        #expect(seen.count == 16 && all.count == 32)
        #expect(all.filter { !$0.mask.isEmpty } == seen)
        #expect(all.map(\.trainID) == (0..<32).map { UInt8(11 + $0 % 8) })
    }

    /// 24x32 into a box of 8x8 as it stands: 6x8, and two rows of black, ignored and not valid.
    @Test func boxesArePaddedWithBlackOnlyWhereTheImageEnds() throws {
        let rule = ResizeRule.padding(height: 8, width: 8, interpolation: .bicubic)
        let reader = try memoryReader(
            source: MemoryDataset("s", count: 2), target: MemoryDataset("t", count: 2), crop: (8, 8), resize: rule,
            readsObjects: true)
        let sample = try reader.sample(.source, step: 0, slot: 0)
        let objects = try #require(sample.annotation?.objects)
        #expect(
            (6..<8).allSatisfy { y in (0..<8).allSatisfy { sample.image[y, $0, 1] == 0 && sample.labels?[y, $0] == 255 }
            })
        // Columns at the centres of pixels: 2, 6, 10, …, of which every fifth column of the image is a crowd.
        #expect(objects.map { Int($0.trainID) } == (0..<8).map { 11 + (4 * $0 + 2) % 8 })
        #expect(objects.allSatisfy { $0.box.height == 6 && $0.box.width == 1 })
        let validity = try #require(reader.sample(.target, step: 0, slot: 0).validity)
        #expect(validity.pixels.filter { $0 == 1 }.count == 48)
        // Smaller crops lie in the image.
        let inside = try memoryReader(
            source: MemoryDataset("s", count: 2), target: nil, crop: (6, 4), resize: rule)
        for step in 0..<4 { #expect(try inside.sample(.source, step: step, slot: 0).crop.top == 0) }
    }

    @Test func smallImagesArePaddedAtTheRightAndBottomAfterFlipping() throws {
        let source = MemoryDataset("s", count: 3, height: 6, width: 5)
        let target = MemoryDataset("t", count: 3, height: 6, width: 5)
        let reader = try memoryReader(source: source, target: target, crop: (8, 7))
        for step in 0..<6 {
            let sample = try reader.sample(.source, step: step, slot: 1)
            #expect(sample.image[0, 0, 1] == (sample.crop.isFlipped ? 4 : 0))
            for (y, x) in [(7, 0), (6, 4), (0, 5), (5, 6), (7, 6)] {
                let color = (0..<3).map { sample.image[y, x, $0] }
                #expect(color == [124, 116, 104] as [UInt8])
                #expect(sample.labels?[y, x] == 255)
            }
            let validity = try #require(reader.sample(.target, step: step, slot: 1).validity)
            #expect(validity.pixels.filter { $0 == 1 }.count == 30)
            #expect(validity[5, 4] == 1 && validity[6, 4] == 0 && validity[5, 5] == 0)
        }
    }

    @Test func targetImagesCarryNoLabelsAndAreValidOutsideOfMargins() throws {
        let reader = try memoryReader(
            source: MemoryDataset("s", count: 2), target: MemoryDataset("t", count: 3),
            margins: .crop(CropMargins(top: 1, bottom: 3)))
        let sample = try reader.sample(.target, step: 0, slot: 0)
        #expect(sample.annotation == nil && sample.labels == nil)
        let validity = try #require(sample.validity)
        let column = (0..<8).map { validity[$0, 5] }
        #expect(column == [0, 1, 1, 1, 1, 0, 0, 0] as [UInt8])
    }

    @Test func marginsOfTheFileFollowResizingCroppingAndFlipping() throws {
        let reader = try memoryReader(
            source: MemoryDataset("s", count: 2), target: MemoryDataset("t", count: 3),
            resize: .fitting(height: 12, width: 16), margins: .image(ImageMargins(top: 2, bottom: 4, left: 2, right: 6))
        )
        for step in 0..<10 {
            let sample = try reader.sample(.target, step: step, slot: 0)
            let validity = try #require(sample.validity)
            // 24x32 halved: file rows 2 to 19 are rows 1 to 9, file columns 2 to 25 are columns 1 to 12.
            for y in 0..<8 {
                for x in 0..<16 {
                    let row = sample.crop.top + y
                    let column = sample.crop.isFlipped ? 15 - x : x
                    let expected: UInt8 = (1...9).contains(row) && (1...12).contains(column) ? 1 : 0
                    #expect(validity[y, x] == expected)
                }
            }
        }
    }

    /// HRDA's loader: a map of ones with zeros on the margins, resized, cropped and mirrored as a label file would be.
    @Test func marginsOfTheFileAreThoseOfAMapThatIsResizedCroppedAndMirrored() throws {
        let reader = try memoryReader(
            source: MemoryDataset("s", count: 2), target: MemoryDataset("t", count: 3), crop: (8, 11),
            resize: .fitting(height: 17, width: 23), margins: .image(ImageMargins(top: 3, bottom: 7, left: 5, right: 4))
        )
        var map = LabelMap(height: 24, width: 32, channels: 1, filledWith: 0)
        for y in 3..<17 {
            for x in 5..<28 { map[y, x] = 1 }
        }
        let resized = map.resizedNearest(height: 17, width: 23)
        var flips = Set<Bool>()
        for step in 0..<20 {
            let sample = try reader.sample(.target, step: step, slot: 0)
            let cut = resized.cropped(y: sample.crop.top, x: sample.crop.left, height: 8, width: 11)
            flips.insert(sample.crop.isFlipped)
            #expect(sample.validity == (sample.crop.isFlipped ? cut.flippedHorizontally() : cut))
        }
        #expect(flips.count == 2)
    }

    @Test func aTeacherReadsThePixelsOfItsStudents() throws {
        let student = try memoryReader(source: MemoryDataset("s", count: 7), target: MemoryDataset("t", count: 5))
        let teacher = try memoryReader(source: MemoryDataset("s", count: 7), target: MemoryDataset("t", count: 5))
        for step in 0..<5 {
            for slot in 0..<4 {
                let seen = try student.sample(.target, step: step, slot: slot)
                #expect(try teacher.sample(.target, step: step, slot: slot).image == seen.image)
            }
        }
    }

    @Test func imagesAreDecodedOnce() throws {
        let source = MemoryDataset("s", count: 5)
        let reader = try memoryReader(source: source, target: nil)
        for step in 0..<30 { _ = try reader.sample(.source, step: step, slot: step % 4) }
        #expect(source.decodeCount == 5)
    }

    @Test func aBadFileStopsWithItsNameAndTheRemedy() throws {
        let reader = try memoryReader(source: MemoryDataset("s", count: 1, broken: [0]), target: nil)
        #expect {
            try reader.sample(.source, step: 0, slot: 0)
        } throws: { error in
            "\(error)".contains("/s/0.png") && "\(error)".contains("data.onBadSample: skip")
        }
    }

    @Test func badFilesAreReplacedAlikeEverywhereAndCounted() throws {
        let readers = try (0..<2).map { _ in
            try memoryReader(
                source: MemoryDataset("s", count: 10, broken: [2, 3, 4]), target: nil, onBadSample: .skip)
        }
        var skipped = 0
        for step in 0..<20 {
            let samples = try readers.map { try $0.sample(.source, step: step, slot: 3) }
            #expect(samples[0].image == samples[1].image)
            #expect(samples[0].skipped == samples[1].skipped)
            #expect(![2, 3, 4].contains(samples[0].planned.index))
            skipped += samples[0].skipped.count
        }
        #expect(skipped > 0)
        #expect(Set(readers[0].unreadableFiles).isSubset(of: ["/s/2.png", "/s/3.png", "/s/4.png"]))
    }

    @Test func nothingButBadFilesIsAnErrorEvenWhenSkipping() throws {
        let reader = try memoryReader(
            source: MemoryDataset("s", count: 3, broken: [0, 1, 2]), target: nil, onBadSample: .skip)
        #expect {
            try reader.sample(.source, step: 0, slot: 0)
        } throws: { error in
            "\(error)".contains("check the disk of s")
        }
    }
}

@Suite struct SampleLoaderTests {
    private func pixels(threads: Int, depth: Int, steps: [Int], capacityBytes: Int = 1 << 20) throws -> [[UInt8]] {
        let reader = try memoryReader(
            source: MemoryDataset("s", count: 11), target: MemoryDataset("t", count: 6), capacityBytes: capacityBytes)
        let loader = try SampleLoader(
            reader: reader,
            config: .init(slots: [1, 3], domains: [.source, .target], threads: threads, depth: depth),
            firstStep: steps[0])
        return try steps.flatMap { step in
            let batch = try loader.next(step: step)
            #expect(batch.step == step && batch.source.count == 2 && batch.target.count == 2)
            let slots = (batch.source + batch.target).map(\.planned.slot)
            #expect(slots == [1, 3, 1, 3])
            #expect(batch.waitSeconds >= 0)
            return (batch.source + batch.target).map(\.image.pixels)
        }
    }

    @Test func samplesDoNotDependOnThreadsDepthOrTheStore() throws {
        let expected = try pixels(threads: 1, depth: 1, steps: Array(0..<12))
        #expect(try pixels(threads: 4, depth: 3, steps: Array(0..<12)) == expected)
        #expect(try pixels(threads: 3, depth: 2, steps: Array(0..<12), capacityBytes: 5000) == expected)
    }

    /// Of each slot, whichever of its samples is made first.
    @Test(arguments: [1, 2, 4]) func sourceSamplesAreMatchedWithTheTargetOfTheirSlot(threads: Int) throws {
        let reader = try memoryReader(source: MemoryDataset("s", count: 11), target: MemoryDataset("t", count: 6))
        func batches(_ matching: SampleLoader.Matching?) throws -> [LoadedBatch] {
            let loader = try SampleLoader(
                reader: reader,
                config: .init(slots: [0, 1, 2], domains: [.source, .target], threads: threads, depth: 2),
                matching: matching, firstStep: 3)
            return try (3..<9).map { try loader.next(step: $0) }
        }
        let plain = try batches(nil)
        let matched = try batches { source, target in source.withImage(target.image) }
        for (plain, matched) in zip(plain, matched) {
            #expect(matched.source.map(\.name) == plain.source.map(\.name))
            #expect(matched.source.map(\.image) == plain.target.map(\.image))
            #expect(matched.target.map(\.image) == plain.target.map(\.image))
        }
    }

    @Test func aLoaderOfOneDomainMatchesNothing() throws {
        let reader = try memoryReader(source: MemoryDataset("s", count: 3), target: nil)
        let loader = try SampleLoader(
            reader: reader, config: .init(slots: [0], domains: [.source]), matching: { _, target in target })
        #expect(try loader.next(step: 0).source.count == 1)
    }

    /// The other sample of the slot is made or not: the file is named all the same.
    @Test(arguments: [true, false]) func anErrorOfAPairNamesTheFile(inSource: Bool) throws {
        let reader = try memoryReader(
            source: MemoryDataset("s", count: 1, broken: inSource ? [0] : []),
            target: MemoryDataset("t", count: 1, broken: inSource ? [] : [0]))
        let loader = try SampleLoader(
            reader: reader, config: .init(slots: [0, 1], domains: [.source, .target], threads: 2),
            matching: { source, _ in source })
        #expect {
            try loader.next(step: 0)
        } throws: { error in
            "\(error)".contains(inSource ? "/s/0.png" : "/t/0.png")
        }
    }

    @Test func aRestartNeedsOnlyTheStep() throws {
        let whole = try pixels(threads: 2, depth: 2, steps: Array(0..<8))
        let restarted = try pixels(threads: 2, depth: 2, steps: Array(5..<8))
        #expect(restarted == Array(whole.suffix(12)))
    }

    @Test func jumpingToAnotherStepStartsOverThere() throws {
        let whole = try pixels(threads: 2, depth: 2, steps: Array(0..<8))
        let jumping = try pixels(threads: 2, depth: 3, steps: [0, 1, 6, 7, 2])
        let expected = [0, 1, 6, 7, 2].flatMap { whole[4 * $0..<4 * $0 + 4] }
        #expect(jumping == expected)
    }

    @Test func errorsCrossTheThreadsAndNameTheFile() throws {
        let reader = try memoryReader(source: MemoryDataset("s", count: 1, broken: [0]), target: nil)
        let loader = try SampleLoader(reader: reader, config: .init(slots: [0], domains: [.source]))
        #expect {
            try loader.next(step: 0)
        } throws: { error in
            "\(error)".contains("/s/0.png")
        }
    }

    @Test func aLoaderCanGoWhileItsThreadsWork() throws {
        let reader = try memoryReader(source: MemoryDataset("s", count: 50), target: nil)
        for _ in 0..<20 {
            _ = try SampleLoader(
                reader: reader, config: .init(slots: [0, 1], domains: [.source], threads: 2, depth: 8))
        }
    }
}
