import Annotations
import DataLoading
import Datasets
import ImageIO
import Randomness
import Testing
import _TestSupport

@Suite struct SampleAugmentationTests {
    /// Rows of detectron2's `ResizeShortestEdge.get_output_shape(height, width, edge, longest)`.
    @Test(arguments: [
        [1024, 2048, 1126, 4096, 1126, 2252], [1024, 2048, 1126, 2048, 1024, 2048],
        [760, 1280, 1024, 4096, 1024, 1725],
        [376, 1408, 384, 4096, 384, 1438], [1280, 760, 614, 900, 900, 534], [3, 1000, 1, 4096, 1, 333],
    ])
    func theShorterSideBecomesTheEdgeUnlessTheLongerGrowsTooLong(row: [Int]) {
        let size = SampleAugmentation(shortestEdges: [row[2]], longestEdge: row[3]).size(
            height: row[0], width: row[1], shortestEdge: row[2])
        #expect([size.height, size.width] == [row[4], row[5]])
    }

    @Test func aSampleIsCutFromTheWholeResizedImageInEveryPart() throws {
        let source = MemoryDataset("s", count: 3)
        let augmentation = SampleAugmentation(shortestEdges: [10, 24, 37])
        let reader = try memoryReader(source: source, target: nil, readsObjects: true, augmentation: augmentation)
        var seen: [Int: Int] = [:]
        for step in 0..<24 {
            let sample = try reader.sample(.source, step: step, slot: 1)
            let (size, crop, index) = (
                (height: sample.imageHeight, width: sample.imageWidth), sample.crop, sample.planned.index
            )
            seen[size.height, default: 0] += 1
            #expect(size == augmentation.size(height: 24, width: 32, shortestEdge: size.height))
            #expect(sample.image.height == 8 && sample.image.width == 16)
            let whole = try source.loadImage(index).resizedAntialiased(height: size.height, width: size.width)
            var expected = whole.cropped(y: crop.top, x: crop.left, height: crop.height, width: crop.width)
            if crop.isFlipped { expected = expected.flippedHorizontally() }
            let (height, width) = (crop.height, crop.width)
            #expect(sample.image.cropped(y: 0, x: 0, height: height, width: width) == expected)
            let annotation = try source.loadAnnotation(index).ignoringCrowds.resizedNearest(
                height: size.height, width: size.width, sampling: .center)
            var labels = annotation.classes.cropped(y: crop.top, x: crop.left, height: height, width: width)
            if crop.isFlipped { labels = labels.flippedHorizontally() }
            #expect(sample.labels?.cropped(y: 0, x: 0, height: height, width: width) == labels)
            let box = PixelBox(top: crop.top, left: crop.left, height: height, width: width)
            let inside = annotation.objects?.cropped(to: box) ?? []
            #expect(
                sample.annotation?.objects == (crop.isFlipped ? inside.flippedHorizontally(width: width) : inside))
        }
        #expect(seen.count == 3 && seen.values.allSatisfy { $0 > 2 })
        // An image is decoded once, whatever sizes it is shown at.
        #expect(source.decodeCount <= 3 + 24)
    }

    /// Of 24x32 with the edge 6, 6x8 of a crop of 8x16 are image.
    @Test func smallImagesArePaddedAndMarginsFollowTheFile() throws {
        let reader = try memoryReader(
            source: MemoryDataset("s", count: 1), target: MemoryDataset("t", count: 1),
            margins: .image(ImageMargins(top: 4, bottom: 8, left: 0, right: 0)),
            augmentation: SampleAugmentation(shortestEdges: [6]))
        let source = try reader.sample(.source, step: 0, slot: 0)
        #expect(source.image[7, 0, 0] == 124 && source.image[0, 15, 2] == 104 && source.labels?[7, 15] == 255)
        let validity = try #require(try reader.sample(.target, step: 0, slot: 0).validity)
        // Rows of the resized image are four of the file: the first and the last two are margins.
        #expect((0..<8).map { validity[$0, 0] } == [0, 1, 1, 1, 0, 0, 0, 0])
        #expect((0..<16).map { validity[1, $0] } == [UInt8](repeating: 1, count: 8) + [UInt8](repeating: 0, count: 8))
    }

    @Test func colorsChangeInTheImageAloneAndDifferBetweenDomains() throws {
        let plain = try memoryReader(source: MemoryDataset("s", count: 2), target: MemoryDataset("s", count: 2))
        let jittered = try memoryReader(
            source: MemoryDataset("s", count: 2), target: MemoryDataset("s", count: 2),
            augmentation: SampleAugmentation(shortestEdges: [], colorJitter: .ssd))
        var changed: [SampleDomain: [Bool]] = [:]
        for step in 0..<20 {
            for domain in SampleDomain.allCases {
                let (sample, other) = (
                    try plain.sample(domain, step: step, slot: 0), try jittered.sample(domain, step: step, slot: 0)
                )
                #expect(sample.crop == other.crop && sample.annotation == other.annotation)
                changed[domain, default: []].append(sample.image != other.image)
                let again = try jittered.sample(domain, step: step, slot: 0)
                #expect(again.image == other.image)
            }
        }
        #expect(changed[.source] != changed[.target])
        // All four are left out once in sixteen.
        #expect((changed[.source] ?? []).count { $0 } > 14)
    }
}

/// Against detectron2's formulas over OpenCV, of Tests/Fixtures/imageio/detection.
@Suite struct SSDColorJitterTests {
    static let cases: [(name: String, jitter: SSDColorJitter)] = [
        ("brightness", SSDColorJitter(brightness: -20.25)), ("contrast", SSDColorJitter(contrast: 1.375)),
        ("pale", SSDColorJitter(saturation: 0.5625)), ("rich", SSDColorJitter(saturation: 1.4375)),
        ("back", SSDColorJitter(hue: -18)), ("forth", SSDColorJitter(hue: 11)),
        ("contrast-first", SSDColorJitter(brightness: 13.5, contrast: 0.75, saturation: 1.25, hue: 7)),
        (
            "contrast-last",
            SSDColorJitter(brightness: -7.5, contrast: 1.25, saturation: 0.875, hue: -3, contrastIsFirst: false)
        ),
    ]

    @Test(arguments: cases.map(\.name))
    func bytesAreThoseOfOpenCV(name: String) throws {
        let jitter = try #require(Self.cases.first { $0.name == name }).jitter
        var image = try ImageCodec.readRGB(Fixture.path("imageio/detection/colors.png"))
        jitter.apply(to: &image)
        let expected = try ImageCodec.readRGB(Fixture.path("imageio/detection/colors-\(name).png"))
        let differences = zip(image.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
        #expect(differences.max() == 0, "\(differences.count { $0 > 0 }) of \(differences.count) bytes differ")
    }

    @Test func everyChangeIsDoneHalfOfTheTimeInBothOrders() {
        var random = RandomStream(seed: 1, "jitter")
        let draws = (0..<2000).map { _ in SSDColorJitter(using: &random) }
        let counts = [
            draws.count { $0.brightness != nil }, draws.count { $0.contrast != nil },
            draws.count { $0.saturation != nil },
            draws.count { $0.hue != nil }, draws.count { $0.contrastIsFirst },
        ]
        // Five deviations of a fair coin.
        #expect(counts.allSatisfy { abs($0 - 1000) < 112 })
        #expect(draws.compactMap(\.brightness).allSatisfy { (-32...32).contains($0) })
        #expect(draws.compactMap(\.contrast).allSatisfy { (0.5...1.5).contains($0) })
        #expect(draws.compactMap(\.saturation).allSatisfy { (0.5...1.5).contains($0) })
        #expect(Set(draws.compactMap(\.hue)) == Set(-18...18))
    }
}
