import Annotations
import ImageIO
import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// Objects, classes and segments of the tiny decoder's outputs, against the authors' formulas.
@Suite struct Mask2FormerDetectionTests {
    private let tiny: TinyMask2Former
    private let expected: SafeTensorsFile

    /// Images as they entered, without padding; their maps are those of 44 x 76 pixels.
    private static let contents = ["whole": (height: 41, width: 73), "padded": (height: 35, width: 60)]
    private static let size = (height: 50, width: 90)

    init() throws {
        tiny = try TinyMask2Former()
        expected = try TinyModels.fixture("mask2former_postprocessing")
    }

    private var config: Mask2Former.Config {
        var config = TinyMask2Former.config
        config.detections.perImage = 10
        config.detections.segmentScore = 0.45
        config.detections.segmentShare = 0.3
        return config
    }

    /// Whose classes are the three of the fixture, all of them.
    private func decoder(_ coverage: Mask2Former.Coverage, things: [UInt8]) throws -> Mask2Former {
        var config = config
        config.classes = coverage
        let decoder = Mask2Former(
            config, TinyMask2Former.layout, things: things, classCount: 3, in: ModuleScope(seed: nil))
        for (name, parameter) in decoder.namedParameters { parameter.assign(try tiny.fixture.tensor(name)) }
        return decoder
    }

    private func content(_ name: String) throws -> (height: Int, width: Int) { try #require(Self.contents[name]) }

    /// A pixel on the border of a mask may fall to either side where a logit is as good as 0.
    private func expectCounts(_ actual: [Int], _ name: String, within pixels: Int) throws {
        let counts = try expected.integers(name).map { Int($0) }
        #expect(actual.count == counts.count && zip(actual, counts).allSatisfy { abs($0 - $1) <= pixels }, "\(name)")
    }

    @Test(arguments: ["whole", "padded"]) func objectsAreThoseOfTheAuthorsTest(name: String) throws {
        let decoder = try decoder(.things, things: [4, 7, 9])
        let content = try content(name)
        let found = decoder.detections(
            try tiny.pyramid(), height: content.height, width: content.width, masksOf: Self.size, in: .evaluation)
        #expect(found.count == 2)
        for (image, objects) in found.enumerated() {
            let prefix = "\(name).\(image)."
            expectClose(objects.compactMap(\.score), try expected.floats(prefix + "scores"), tolerance: 1e-4, prefix)
            let labels = try expected.integers(prefix + "labels").map { decoder.things[Int($0)] }
            #expect(objects.map(\.trainID) == labels)
            try expectCounts(objects.map(\.mask.area), prefix + "areas", within: 1)
            func sums(_ value: (PixelRun) -> Int) -> [Int] { objects.map { $0.mask.runs.reduce(0) { $0 + value($1) } } }
            try expectCounts(sums { Int($0.row) * $0.count }, prefix + "rows", within: Self.size.height)
            try expectCounts(
                sums { Int($0.start + $0.end - 1) * $0.count / 2 }, prefix + "columns",
                within: Self.size.width + (objects.map(\.mask.runs.count).max() ?? 0))
        }
    }

    @Test(arguments: ["whole", "padded"]) func classScoresAreThoseOfTheAuthorsTest(name: String) throws {
        let decoder = try decoder(.all, things: [2])
        let content = try content(name)
        let scores = try #require(
            decoder.classScores(try tiny.pyramid(), height: content.height, width: content.width, in: .evaluation))
        #expect(scores.shape == [2, content.height, content.width, 3])
        for image in 0..<2 {
            let map = try expected.floats("\(name).\(image).semantic")
            let own = scores.sliced(image..<image + 1, axis: 0).permuted([0, 3, 1, 2]).values()
            // Sums over all queries.
            expectClose(own, map, tolerance: 1e-4, "\(name) \(image)")
        }
    }

    @Test(arguments: ["whole", "padded"]) func segmentsAreThoseOfTheAuthorsTest(name: String) throws {
        let decoder = try decoder(.all, things: [2])
        let content = try content(name)
        let found = try #require(
            decoder.segments(
                try tiny.pyramid(), height: content.height, width: content.width, mapsOf: Self.size, in: .evaluation))
        for (image, annotation) in found.enumerated() {
            let map = try expected.integers("\(name).\(image).segments").map { UInt8($0) }
            let differing = zip(annotation.classes.pixels, map).count { $0 != $1 }
            #expect(annotation.classes.pixels.count == map.count && differing <= 2, "\(differing) pixels")
            #expect(Set(map).count > 1)
            // All are of the class that has objects.
            let objects = try #require(annotation.objects)
            #expect(objects.allSatisfy { $0.trainID == 2 })
            try expectCounts(objects.map(\.mask.area), "\(name).\(image).segment.areas", within: 2)
        }
        // The same as regions, where the class has none.
        let regions = try self.decoder(.all, things: [0, 1]).segments(
            try tiny.pyramid(), height: content.height, width: content.width, mapsOf: Self.size, in: .evaluation)
        #expect(regions?.map(\.classes) == found.map(\.classes) && regions?.allSatisfy { $0.objects == [] } == true)
    }

    /// They know their objects and nothing of what lies between.
    @Test func queriesOfObjectsAloneGiveNeitherClassesNorSegments() throws {
        let decoder = try decoder(.things, things: [4, 7, 9])
        #expect(decoder.classScores(try tiny.pyramid(), height: 41, width: 73, in: .evaluation) == nil)
        #expect(
            decoder.segments(try tiny.pyramid(), height: 41, width: 73, mapsOf: (41, 73), in: .evaluation) == nil)
        #expect(!decoder.config.labelsPixels(things: [4, 7, 9], of: 19))
        #expect(try self.decoder(.all, things: [2]).config.labelsPixels(things: [2], of: 3))
    }

    /// They have competed for the places before.
    @Test func classesWithoutObjectsAreNoObjects() throws {
        let all = try decoder(.all, things: [0, 1, 2]), some = try decoder(.all, things: [0])
        func found(_ decoder: Mask2Former) throws -> [[AnnotatedObject]] {
            decoder.detections(try tiny.pyramid(), height: 41, width: 73, masksOf: (41, 73), in: .evaluation)
        }
        let (whole, part) = (try found(all), try found(some))
        // Products of other numbers of queries round otherwise.
        for (some, all) in zip(part, whole) {
            let kept = all.filter { $0.trainID == 0 }
            #expect(some.map(\.trainID) == kept.map(\.trainID) && some.map(\.mask) == kept.map(\.mask))
            expectClose(some.map { $0.score ?? -1 }, kept.map { $0.score ?? -1 }, tolerance: 1e-6)
        }
        #expect(whole.map(\.count) != part.map(\.count))
    }

    @Test func anUntrainableNetworkFindsNothingAndDoesNotTrap() throws {
        let decoder = try decoder(.all, things: [0, 1, 2])
        for (_, parameter) in decoder.namedParameters {
            parameter.assign(Tensor(repeating: .nan, shape: parameter.shape))
        }
        let maps = try tiny.pyramid()
        let found = decoder.detections(maps, height: 41, width: 73, masksOf: (41, 73), in: .evaluation)
        #expect(found == [[], []])
        let segments = decoder.segments(maps, height: 41, width: 73, mapsOf: (41, 73), in: .evaluation)
        #expect(segments?.allSatisfy { $0.objects == [] && Set($0.classes.pixels) == [255] } == true)
    }
}
