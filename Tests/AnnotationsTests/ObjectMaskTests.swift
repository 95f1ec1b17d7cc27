import Annotations
import ImageIO
import Randomness
import Testing

/// The pixels of `#` in rows of text.
func mask(_ rows: String...) -> ObjectMask { ObjectMask(ofNonzero: map(rows)) }

func map(_ rows: [String]) -> LabelMap {
    LabelMap(
        height: rows.count, width: rows[0].count, channels: 1,
        pixels: rows.flatMap { row in row.map { $0 == "#" ? 1 : 0 } })
}

@Suite struct ObjectMaskTests {
    @Test func boxAndAreaAreThoseOfThePixels() {
        let mask = mask(
            "......",
            "..##.#",
            ".#....")
        #expect(mask.runs.count == 3)
        #expect(mask.area == 4)
        #expect(mask.box == PixelBox(top: 1, left: 1, height: 2, width: 5))
        #expect(mask.box.bottom == 3 && mask.box.right == 6)
        #expect(ObjectMask(ofNonzero: map(["...", "..."])) == ObjectMask())
        #expect(ObjectMask().isEmpty && ObjectMask().box.isEmpty && ObjectMask().area == 0)
    }

    @Test func touchingRunsAreOne() {
        let mask = ObjectMask([
            PixelRun(row: 2, start: 0, end: 3), PixelRun(row: 2, start: 3, end: 5), PixelRun(row: 3, start: 5, end: 6),
        ])
        #expect(mask.runs == [PixelRun(row: 2, start: 0, end: 5), PixelRun(row: 3, start: 5, end: 6)])
    }

    @Test func runsOutOfOrderTrap() async {
        await #expect(processExitsWith: .failure) {
            _ = ObjectMask([PixelRun(row: 2, start: 0, end: 3), PixelRun(row: 2, start: 2, end: 5)])
        }
        await #expect(processExitsWith: .failure) {
            _ = ObjectMask([PixelRun(row: 2, start: 0, end: 3), PixelRun(row: 1, start: 0, end: 5)])
        }
    }

    @Test func aWindowCutsAndCountsFromItsCorner() {
        let whole = mask(
            "##....",
            "######",
            "....##")
        #expect(
            whole.cropped(to: PixelBox(top: 1, left: 1, height: 2, width: 4))
                == mask(
                    "####",
                    "...#"))
        #expect(whole.cropped(to: PixelBox(top: 0, left: 2, height: 1, width: 4)).isEmpty)
        #expect(whole.cropped(to: PixelBox(top: 2, left: 0, height: 9, width: 4)).isEmpty)
        #expect(whole.cropped(to: PixelBox(top: 5, left: 0, height: 9, width: 4)).isEmpty)
    }

    @Test func mirroringTurnsRowsAround() {
        #expect(
            mask(
                "##.#..",
                "....#."
            ).flippedHorizontally(width: 6)
                == mask(
                    "..#.##",
                    ".#...."))
        #expect(ObjectMask().flippedHorizontally(width: 3).isEmpty)
    }

    @Test func partsUnderAnotherObjectGo() {
        let object = mask(
            ".####.",
            ".####.")
        let pasted = map([
            "...##.",
            "####..",
        ])
        #expect(
            object.restricted(by: pasted, keepsMarked: false)
                == mask(
                    ".##...",
                    "....#."))
        #expect(
            object.restricted(by: pasted, keepsMarked: true)
                == mask(
                    "...##.",
                    ".###.."))
    }

    /// Any change of place is the change of the map that the mask paints.
    @Test(arguments: 0..<30) func changesOfPlaceAreThoseOfTheMap(round: Int) {
        var random = RandomStream(seed: 7, "masks", step: round)
        let (height, width) = (1 + random.integer(below: 9), 1 + random.integer(below: 12))
        let pixels = (0..<height * width).map { _ in UInt8(random.integer(below: 3) == 0 ? 0 : 1) }
        let map = LabelMap(height: height, width: width, channels: 1, pixels: pixels)
        let mask = ObjectMask(ofNonzero: map)
        var painted = LabelMap(height: height, width: width, channels: 1, filledWith: 0)
        mask.paint(1, into: &painted)
        #expect(painted == map)
        #expect(mask.flippedHorizontally(width: width) == ObjectMask(ofNonzero: map.flippedHorizontally()))
        let (newHeight, newWidth) = (1 + random.integer(below: 20), 1 + random.integer(below: 20))
        #expect(
            mask.resizedNearest(from: (height, width), to: (newHeight, newWidth))
                == ObjectMask(ofNonzero: map.resizedNearest(height: newHeight, width: newWidth)))
        let (top, left) = (random.integer(below: height), random.integer(below: width))
        let (rows, columns) = (1 + random.integer(below: height - top), 1 + random.integer(below: width - left))
        #expect(
            mask.cropped(to: PixelBox(top: top, left: left, height: rows, width: columns))
                == ObjectMask(ofNonzero: map.cropped(y: top, x: left, height: rows, width: columns)))
    }

    @Test func aMapOfNumbersGivesTheMaskOfEachNumber() {
        let numbers = InstanceMap(height: 2, width: 4, channels: 1, pixels: [7, 26001, 26001, 7, 26001, 7, 7, 65535])
        let masks = ObjectMask.masks(in: numbers)
        #expect(masks.count == 3)
        #expect(masks[7] == mask("#..#", ".##."))
        #expect(masks[26001] == mask(".##.", "#..."))
        #expect(masks[65535]?.box == PixelBox(top: 1, left: 3, height: 1, width: 1))
        let large = PixelImage<UInt32>(height: 1, width: 3, channels: 1, pixels: [1 << 24, 5, 1 << 24])
        #expect(ObjectMask.masks(in: large)[1 << 24]?.area == 2)
    }
}

@Suite struct AnnotatedObjectTests {
    private let objects = [
        AnnotatedObject(trainID: 13, mask: mask("##..", "##..")),
        AnnotatedObject(trainID: 11, mask: mask("...#", "...."), isCrowd: true, score: 0.5),
    ]

    @Test func whatLeavesTheImageIsGone() {
        let left = objects.cropped(to: PixelBox(top: 0, left: 0, height: 1, width: 3))
        #expect(left.map(\.trainID) == [13])
        #expect(left[0].box == PixelBox(top: 0, left: 0, height: 1, width: 2))
        let right = objects.cropped(to: PixelBox(top: 0, left: 2, height: 2, width: 2))
        #expect(right == [AnnotatedObject(trainID: 11, mask: mask(".#", ".."), isCrowd: true, score: 0.5)])
        #expect(objects.resizedNearest(from: (2, 4), to: (1, 2)).map(\.trainID) == [13])
        #expect(objects.restricted(by: map(["####", "####"]), keepsMarked: false) == [])
    }

    @Test func theUnionIsWhateverAnyOfThemShows() {
        #expect(objects.union(height: 2, width: 4) == map(["##.#", "##.."]))
    }

    @Test func objectsOutsideOfTheMapTrap() async {
        await #expect(processExitsWith: .failure) {
            _ = Annotation(
                classes: LabelMap(height: 1, width: 1, channels: 1, filledWith: 0),
                objects: [AnnotatedObject(trainID: 1, mask: ObjectMask([PixelRun(row: 0, start: 1, end: 2)]))])
        }
    }
}

@Suite struct TrainableObjectsTests {
    /// Boxes with the indices of their last column and row have neither width nor height 0; the area does not matter.
    @Test func oneRowOneColumnAndCrowdsAreNotTrainedOn() {
        func object(_ mask: ObjectMask, isCrowd: Bool = false) -> AnnotatedObject {
            AnnotatedObject(trainID: 3, mask: mask, isCrowd: isCrowd)
        }
        let diagonal = object(mask("#.", ".#"))
        let objects = [
            object(mask("###")), object(mask("#", "#", "#")), object(mask("#")), diagonal,
            object(mask("##", "##"), isCrowd: true),
        ]
        #expect(objects.map(\.isTrainable) == [false, false, false, true, false])
        #expect(objects.trainable == [diagonal])
    }

    @Test func pixelsOfCrowdsAreIgnoredInTheMapOfClasses() {
        let classes = LabelMap(height: 1, width: 4, channels: 1, pixels: [3, 3, 3, 0])
        let annotation = Annotation(
            classes: classes,
            objects: [
                AnnotatedObject(trainID: 3, mask: mask("##.."), isCrowd: true),
                AnnotatedObject(trainID: 3, mask: mask("..#.")),
            ])
        #expect(annotation.ignoringCrowds.classes.pixels == [255, 255, 3, 0])
        #expect(annotation.ignoringCrowds.objects?.count == 2)
        #expect(Annotation(classes: classes).ignoringCrowds == Annotation(classes: classes))
        #expect(annotation.resizedNearest(height: 1, width: 2).objects?.map(\.box.left) == [0, 1])
        #expect(annotation.objects?[0].mask.count(of: 3, in: classes) == 2)
    }
}
