import Annotations
import ImageIO
import Testing

private func block(_ rows: Range<Int>, _ columns: Range<Int>) -> ObjectMask {
    ObjectMask(
        filling: PixelBox(top: rows.lowerBound, left: columns.lowerBound, height: rows.count, width: columns.count))
}

@Suite struct FilledMaskTests {
    @Test func aBoxIsFilledWhole() {
        let box = PixelBox(top: 2, left: 3, height: 4, width: 5)
        let mask = ObjectMask(filling: box)
        #expect(mask.box == box && mask.area == 20 && mask.runs.count == 4)
        for (height, width) in [(0, 0), (0, 5), (4, 0)] {
            #expect(ObjectMask(filling: PixelBox(top: 2, left: 3, height: height, width: width)).isEmpty)
        }
    }
}

/// Of images of 20x40 pixels the lowest four rows, and a bonnet ornament above them.
@Suite struct EgoRegionTests {
    private static func region(leastShareOutside: Double = 0.2) throws -> EgoRegion {
        try EgoRegion(
            height: 20, width: 40, corners: [0, 16, 18, 16, 18, 10, 22, 10, 22, 16, 40, 16, 40, 20, 0, 20],
            leastShareOutside: leastShareOutside)
    }

    private func object(_ rows: Range<Int>, _ columns: Range<Int>) -> AnnotatedObject {
        AnnotatedObject(trainID: 13, mask: block(rows, columns), score: 0.95)
    }

    /// UDA4Inst's code removes what has less than 20 % of its area outside: 80 % inside and more.
    @Test func objectsThatLieMostlyInsideAreRemoved() throws {
        let region = try Self.region()
        let mask = region.mask(height: 20, width: 40)
        let (ornament, bonnet) = (block(10..<16, 18..<22), block(16..<20, 0..<40))
        #expect(mask == ObjectMask(ornament.runs + bonnet.runs))
        let kept = [object(15..<20, 0..<10), object(0..<5, 0..<10)]      // 20 %, and all, outside
        let removed = [object(16..<20, 0..<10), object(11..<20, 18..<22)]
        #expect(region.keeping(kept + removed, outside: mask) == kept)
        #expect(try Self.region(leastShareOutside: 0).keeping(removed, outside: mask) == removed)
        #expect(try Self.region(leastShareOutside: 0.3).keeping(kept, outside: mask) == [kept[1]])
    }

    @Test func itFollowsTheSizeOfTheImage() throws {
        let double = try Self.region().mask(height: 40, width: 80)
        #expect(double.box == PixelBox(top: 20, left: 0, height: 20, width: 80))
        #expect(double.area == 4 * (24 + 160))
    }

    /// That of Cityscapes, as its code has it.
    @Test func theRegionOfCityscapesCoversTheBonnetAndItsStar() throws {
        let region = try EgoRegion(
            height: 1024, width: 2048,
            corners: [0, 947, 1009, 885, 1010, 765, 1398, 765, 1399, 884, 2047, 929, 2047, 1023, 0, 1023])
        let mask = region.mask(height: 1024, width: 2048)
        func holds(_ x: Int, _ y: Int) -> Bool { mask.intersection(with: block(y..<y + 1, x..<x + 1)) == 1 }
        #expect(holds(1200, 780) && holds(1200, 1000) && holds(10, 1000) && holds(2000, 1000))
        #expect(!holds(1200, 760) && !holds(900, 800) && !holds(1500, 800) && !holds(10, 900) && !holds(2000, 900))
    }

    @Test(arguments: [
        ([0.0, 0, 10, 0], "at least three corners"), ([0, 0, 10, 0, 5], "at least three corners"),
        ([50, 50, 60, 50, 60, 60], "no pixel of 40x20 lies in the polygon"), ([0, 0, .nan, 5, 3, 3], "nan"),
    ])
    func whatIsNoRegionIsRefused(corners: [Double], reason: String) {
        #expect {
            try EgoRegion(height: 20, width: 40, corners: corners)
        } throws: {
            "\($0)".contains(reason)
        }
    }
}

/// Two models of 30x60 pixels: one knows the class 11, the other 13.
@Suite struct FusedPseudoLabelsTests {
    private func object(
        _ trainID: UInt8, _ rows: Range<Int>, _ columns: Range<Int>, _ score: Float?, crowd: Bool = false
    ) -> AnnotatedObject {
        AnnotatedObject(trainID: trainID, mask: block(rows, columns), isCrowd: crowd, score: score)
    }

    private func fused(
        _ first: [AnnotatedObject], _ second: [AnnotatedObject] = [], ego: EgoRegion? = nil,
        _ change: (inout FusedPseudoLabels) -> Void = { _ in }
    ) -> [AnnotatedObject] {
        var labels = FusedPseudoLabels()
        change(&labels)
        return labels(
            [.init(first, classes: [11]), .init(second, classes: [13])], height: 30, width: 60, ego: ego)
    }

    @Test func defaultsAreThoseOfTheRecipe() {
        let labels = FusedPseudoLabels()
        #expect(labels.minScore == 0.9 && labels.minShareLeft == 0.5 && labels.minArea == 100)
    }

    @Test func classesThatAModelDoesNotKnowAreLeftOut() {
        let (person, car) = (object(11, 0..<10, 0..<10, 0.95), object(13, 0..<10, 20..<30, 0.96))
        let (strangeCar, strangePerson) = (object(13, 20..<30, 0..<10, 0.99), object(11, 20..<30, 20..<30, 0.99))
        #expect(fused([person, strangeCar], [car, strangePerson]) == [car, person])
        let all = FusedPseudoLabels()([.init([person, car])], height: 30, width: 60)
        #expect(all == [car, person])
    }

    @Test func scoresMustExceedTheLeast() {
        let sure = object(11, 0..<10, 0..<10, 0.901)
        #expect(fused([object(11, 0..<10, 20..<30, 0.9), sure, object(11, 20..<30, 0..<10, .nan)]) == [sure])
        #expect(fused([object(11, 0..<10, 20..<30, 0.6)]) { $0.minScore = 0.5 }.count == 1)
        #expect(fused([object(11, 0..<10, 0..<10, nil), object(11, 20..<30, 0..<10, 1, crowd: true)]).count == 1)
    }

    /// The surest is painted first, whichever model it is of; the others keep the pixels that are free.
    @Test func theSurestOwnsThePixels() {
        let (person, car) = (object(11, 0..<10, 0..<30, 0.92), object(13, 0..<10, 20..<40, 0.97))
        #expect(fused([person], [car]) == [car, object(11, 0..<10, 0..<20, 0.92)])
        let better = object(11, 0..<10, 0..<30, 0.99)
        #expect(fused([better], [car]) == [better, object(13, 0..<10, 30..<40, 0.97)])
        let equal = object(13, 0..<10, 20..<40, 0.92)
        // Of equal ones the earlier model's.
        #expect(fused([person], [equal]) == [person, object(13, 0..<10, 30..<40, 0.92)])
    }

    @Test func objectsOfWhichLessThanHalfIsLeftAreDropped() {
        let front = object(13, 0..<10, 20..<60, 0.99)
        let half = object(11, 0..<10, 0..<40, 0.95)
        let less = object(11, 0..<10, 1..<40, 0.95)
        #expect(fused([half], [front]) == [front, object(11, 0..<10, 0..<20, 0.95)])
        #expect(fused([less], [front]) == [front])
        #expect(fused([less], [front]) { $0.minShareLeft = 0.4 }.count == 2)
    }

    @Test func objectsOfFewPixelsAreDropped() {
        #expect(fused([object(11, 0..<9, 0..<11, 0.95)]).isEmpty)
        #expect(fused([object(11, 0..<10, 0..<10, 0.95)]).count == 1)
        let front = object(13, 0..<10, 10..<60, 0.99)
        #expect(fused([object(11, 0..<10, 0..<11, 0.95)], [front]).count == 2)
        #expect(fused([object(11, 0..<10, 1..<12, 0.95)], [front]).count == 1, "90 pixels are left")
        #expect(fused([object(11, 0..<3, 0..<3, 0.95)]) { $0.minArea = 9 }.count == 1)
    }

    /// What is dropped hides nothing.
    @Test func droppedObjectsFreeTheirPixels() {
        let front = object(13, 0..<10, 0..<30, 0.99)
        let dropped = object(13, 0..<20, 0..<20, 0.97)       // all but 200 of 400 pixels: half is kept
        let covered = object(13, 0..<16, 0..<20, 0.97)       // 120 of 320
        let behind = object(11, 10..<20, 0..<20, 0.95)
        #expect(fused([behind], [front, covered]) == [front, behind])
        #expect(fused([behind], [front, dropped]).count == 2)
    }

    @Test func objectsOnTheOwnCarAreRemovedLast() throws {
        let region = try EgoRegion(height: 30, width: 60, corners: [0, 20, 60, 20, 60, 30, 0, 30])
        let (bonnet, car) = (object(13, 19..<30, 0..<60, 0.99), object(13, 8..<21, 0..<10, 0.95))
        #expect(fused([], [bonnet, car], ego: region) == [object(13, 8..<19, 0..<10, 0.95)])
        // In images of another size than the one it is drawn in.
        let larger = try EgoRegion(height: 60, width: 120, corners: [0, 40, 120, 40, 120, 60, 0, 60])
        #expect(fused([], [bonnet, car], ego: larger) == [object(13, 8..<19, 0..<10, 0.95)])
    }

    @Test func noPixelBelongsToTwo() {
        let objects = (0..<40).map { (place: Int) -> AnnotatedObject in
            object(11, place % 15..<place % 15 + 14, place..<place + 15, 0.91 + Float(place * 7 % 40) / 1000)
        }
        let result = fused(objects)
        #expect(result.count > 1 && result.union(height: 30, width: 60).pixels.reduce(0) { $0 + Int($1) }
            == result.reduce(0) { $0 + $1.mask.area })
        #expect(zip(result, result.dropFirst()).allSatisfy { ($0.score ?? 0) >= ($1.score ?? 0) })
    }
}
