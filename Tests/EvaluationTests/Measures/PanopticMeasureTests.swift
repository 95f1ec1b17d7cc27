import Annotations
import Datasets
import Evaluation
import ImageIO
import Testing
import _TestSupport

private func map(_ values: [UInt8], width: Int) -> LabelMap {
    LabelMap(height: values.count / width, width: width, channels: 1, pixels: values)
}

/// Pixels in reading order, in an image of so many columns.
private func mask(_ pixels: some Sequence<Int>, width: Int) -> ObjectMask {
    ObjectMask(pixels.map { PixelRun(row: $0 / width, start: $0 % width, end: $0 % width + 1) })
}

@Suite struct PanopticFusionTests {
    private let road: UInt8 = 0
    private let sky: UInt8 = 10
    private let person: UInt8 = 11
    private let car: UInt8 = 13

    private func fusion(score: Float = 0.95, stuff: Int = 1) -> PanopticFusion {
        var config = PanopticFusion.Config()
        (config.smallestScore, config.smallestStuffArea) = (score, stuff)
        return PanopticFusion(config, things: LabelSpace.cityscapes19.thingTrainIDs)
    }

    private func object(_ trainID: UInt8, _ pixels: Range<Int>, _ score: Float) -> AnnotatedObject {
        AnnotatedObject(trainID: trainID, mask: mask(pixels, width: 8), score: score)
    }

    @Test func thresholdsAreThePublishedOnes() {
        #expect(PanopticFusion.Config().smallestScore == 0.95 && PanopticFusion.Config().smallestStuffArea == 2048)
    }

    @Test func laterObjectsCoverEarlierOnesByClassAndFallingScore() {
        let classes = map([UInt8](repeating: 11, count: 8), width: 8)
        // Painted: person 0.99, person 0.96, car 0.97; the one below the threshold is left out.
        let fused = fusion()(
            Annotation(
                classes: classes,
                objects: [
                    object(car, 6..<8, 0.97), object(person, 0..<4, 0.96), object(person, 2..<7, 0.99),
                    object(person, 0..<8, 0.94),
                ]))
        #expect(fused.ids.pixels == [2, 2, 2, 2, 1, 1, 3, 3])
        // The class is that of the map, also of what was found as a car.
        #expect(fused.segments.map(\.classIndex) == [11, 11, 11] && fused.segments.map(\.area) == [2, 4, 2])
    }

    @Test func theClassIsVotedOnCountablePixelsAndTheRestIsVoid() {
        let classes = map([road, person, person, car, sky, sky, person, 255], width: 8)
        let fused = fusion()(Annotation(classes: classes, objects: [object(car, 0..<5, 1)]))
        // Road and sky below the object are void; the person without an object is, too.
        #expect(fused.ids.pixels == [0, 1, 1, 1, 0, 2, 0, 0])
        #expect(fused.segments.map(\.classIndex) == [11, 10] && fused.segments.map(\.area) == [3, 1])
        // An object without a countable pixel is none.
        #expect(
            fusion()(Annotation(classes: classes, objects: [object(car, 4..<6, 1)])).segments.map(\.classIndex) == [0])
    }

    @Test func smallStuffIsVoidAndVoidIsRoadInThePublishedNumbers() {
        let classes = map([road, road, road, sky, sky, person, person, person], width: 8)
        let annotation = Annotation(classes: classes, objects: [object(person, 7..<8, 1)])
        let fused = fusion(stuff: 3)(annotation)
        #expect(fused.ids.pixels == [2, 2, 2, 0, 0, 0, 0, 1])
        let published = fusion(stuff: 3).withVoidAsFirstClass(fused)
        #expect(published.ids.pixels == [2, 2, 2, 2, 2, 2, 2, 1])
        #expect(published.segments.first { $0.classIndex == 0 }?.area == 7 && published.segments.count == 2)
        // Where the road itself was too small, all void still is one.
        let small = fusion(stuff: 4)
        let none = small(annotation)
        #expect(none.segments.map(\.classIndex) == [11])
        #expect(small.withVoidAsFirstClass(none).segments.map(\.area) == [1, 7])
    }

    @Test func fourHundredObjectsAndNoneAreFused() {
        let classes = map([UInt8](repeating: 13, count: 800), width: 8)
        let objects = (0..<400).map { object(car, 2 * $0..<2 * $0 + 1, 1) }
        #expect(fusion()(Annotation(classes: classes, objects: objects)).segments.count == 400)
        #expect(fusion()(Annotation(classes: classes, objects: [])).segments.isEmpty)
    }
}

@Suite struct PanopticMeasureTests {
    private let subject = MeasureSubject(
        labelSpace: .cityscapes19,
        fusion: {
            var config = PanopticFusion.Config()
            config.smallestStuffArea = 1
            return config
        }())

    private func image(_ index: Int, prediction: Annotation) -> MeasuredImage {
        // Road, one person, a crowd of cars, void.
        let truth = Annotation(
            classes: map([0, 0, 0, 0, 11, 11, 13, 255], width: 8),
            objects: [
                AnnotatedObject(trainID: 11, mask: mask(4..<6, width: 8)),
                AnnotatedObject(trainID: 13, mask: mask(6..<7, width: 8), isCrowd: true),
            ])
        return MeasuredImage(index: index, truth: truth, prediction: prediction)
    }

    /// A network that cuts an image itself is scored by its segments, whatever classes and objects say.
    @Test func segmentsOfANetworkAreNotPutTogetherAgain() throws {
        let perfect = image(0, prediction: prediction)
        let cut = MeasuredImage(
            index: 0, truth: perfect.truth,
            prediction: Annotation(classes: map([9, 9, 9, 9, 9, 9, 9, 9], width: 8), objects: []),
            segments: Annotation(
                classes: map([0, 0, 0, 0, 11, 11, 255, 255], width: 8),
                // No score is asked for.
                objects: [AnnotatedObject(trainID: 11, mask: mask(4..<6, width: 8), score: 0.1)]))
        var (measure, empty) = (Panoptic(subject), Panoptic(subject))
        try measure.add(cut)
        try empty.add(MeasuredImage(index: 0, truth: cut.truth, prediction: cut.prediction))
        let scores = measure.scores
        #expect(scores.classes.last?.values[0] == 100 && scores.classes.last?.values[11] == 100)
        #expect(empty.scores.classes.last?.values[11] == 0)
    }

    private var prediction: Annotation {
        Annotation(
            classes: map([0, 0, 0, 0, 11, 11, 13, 11], width: 8),
            objects: [
                AnnotatedObject(trainID: 11, mask: mask(4..<6, width: 8), score: 1),
                AnnotatedObject(trainID: 13, mask: mask(6..<7, width: 8), score: 1),
            ])
    }

    @Test func aPerfectPredictionScoresAHundredBothWays() throws {
        var measure = Panoptic(subject)
        try measure.add(image(0, prediction: prediction))
        let scores = measure.scores
        // The car lies on a crowd of cars, and what is void in truth counts in no union.
        #expect(scores.headline == .init("mPQ", 100))
        #expect(scores.parts.first { $0.name == "clean" }?.value == 100)
        #expect(scores.classes.first { $0.key == "PQ" }?.values[13] == nil)
        #expect(scores.parts.first { $0.name == "things" }?.value == 100)
        #expect(scores.others.map(\.key) == ["mSQ", "mRQ", "mSQClean", "mRQClean"])
    }

    @Test func voidCostsTheRoadInThePublishedNumbersAlone() throws {
        var measure = Panoptic(subject)
        var missing = prediction
        missing.objects?.removeFirst()
        try measure.add(image(0, prediction: missing))
        // The person is void: two pixels more of road, of which four are true.
        let scores = measure.scores
        func pq(_ key: String, _ trainID: Int) throws -> Double? {
            try #require(scores.classes.first { $0.key == key }).values[trainID]
        }
        #expect(abs((try pq("PQ", 0) ?? 0) - 100 * 4.0 / 6) < 1e-12)
        #expect(try pq("PQClean", 0) == 100 && pq("PQ", 11) == 0)
    }

    @Test func talliesOfRanksGiveTheBitsOfTheWhole() throws {
        for name in ["panoptic", "instance", "semantic-iou-without-crowds"] {
            let name = try #require(MeasureName(rawValue: name))
            var whole = name.make(subject)
            var merged = name.make(subject)
            var images: [MeasuredImage] = []
            for index in 0..<5 {
                var guess = prediction
                guess.objects?[0].mask = mask(4..<5 + index % 3, width: 8)
                guess.objects?[0].score = 0.95 + Float(index) / 100
                images.append(image(index, prediction: guess))
            }
            for image in images { try whole.add(image) }
            for rank in 0..<3 {
                var part = name.make(subject)
                for index in stride(from: rank, to: 5, by: 3) { try part.add(images[index]) }
                try merged.merge(packed: part.packedTally())
            }
            #expect(merged.scores == whole.scores, "\(name.rawValue)")
            #expect(whole.scores.headline.value != nil || name == .instance)
        }
    }

    @Test func whatCannotBeScoredIsSaid() {
        for name in [MeasureName.panoptic, .instance] {
            var measure = name.make(subject)
            let plain = Annotation(classes: prediction.classes)
            let error = evaluationError { try measure.add(image(3, prediction: plain)) }
            #expect(error?.code == .missingObjects)
            #expect(
                error?.message == "the network predicts classes and no objects, which the measure \(name.rawValue) "
                    + "needs; give it a decoder of objects (model.objects), or leave the measure out of "
                    + "evaluation.measures")
            var wrong = prediction
            wrong.objects?[1].score = .nan
            let score = evaluationError { try measure.add(image(3, prediction: wrong)) }
            #expect(score?.code == .invalidScore)
            #expect(score?.message.hasPrefix("image 4: the score of the predicted object 2 is nan, which ") == true)
        }
    }
}

@Suite struct InstanceMeasureTests {
    private let subject = MeasureSubject(labelSpace: .cityscapes19, evaluatedTrainIDs: [11, 13])

    @Test func groupsAndVoidExcuseAndSmallObjectsDoNotCount() throws {
        let width = 40
        var classes = [UInt8](repeating: 0, count: 40 * width)
        for pixel in 0..<200 { classes[pixel] = 11 }
        for pixel in 400..<440 { classes[pixel] = 13 }
        for pixel in 800..<1000 { classes[pixel] = 255 }
        let truth = Annotation(
            classes: map(classes, width: width),
            objects: [
                AnnotatedObject(trainID: 11, mask: mask(0..<200, width: width)),
                AnnotatedObject(trainID: 13, mask: mask(400..<440, width: width)),
            ])
        var measure = Instance(subject)
        let prediction = Annotation(
            classes: map(classes, width: width),
            objects: [
                AnnotatedObject(trainID: 11, mask: mask(0..<160, width: width), score: 0.6),
                AnnotatedObject(trainID: 11, mask: mask(800..<1000, width: width), score: 0.9),
                AnnotatedObject(trainID: 13, mask: mask(400..<440, width: width), score: 0.5),
            ])
        try measure.add(MeasuredImage(index: 0, truth: truth, prediction: prediction))
        let scores = measure.scores
        // Found at the six thresholds below an IoU of 0.8: of 40 pixels no car counts.
        #expect(scores.headline == .init("mAP", 60) && scores.others == [.init("mAP50", 100)])
        #expect(scores.classes.map(\.key) == ["AP", "AP50"])
        #expect(scores.classes[0].values[11] == 60 && scores.classes[0].values[13] == nil)
    }

    /// A person of whom half is unsure: found by a prediction of the other half, where confidence counts.
    @Test func pixelsCountAsMuchAsTheirLabelsAreSure() throws {
        let width = 40
        var classes = [UInt8](repeating: 0, count: 40 * width)
        for pixel in 0..<400 { classes[pixel] = 11 }
        let truth = Annotation(
            classes: map(classes, width: width),
            objects: [AnnotatedObject(trainID: 11, mask: mask(0..<400, width: width))])
        let prediction = Annotation(
            classes: map(classes, width: width),
            objects: [
                AnnotatedObject(trainID: 11, mask: mask(0..<200, width: width), score: 0.6),
                // Nothing is known of where this is: it is none.
                AnnotatedObject(trainID: 11, mask: mask(1200..<1400, width: width), score: 0.9),
            ])
        func confidence(_ unsure: UInt16) -> InstanceMap {
            InstanceMap(
                height: 40, width: width, channels: 1,
                pixels: (0..<40 * width).map { $0 < 200 ? 65535 : $0 < 400 ? unsure : $0 < 1200 ? 65535 : 0 })
        }
        func scores(_ unsure: UInt16) throws -> MeasureScores {
            var measure = InstanceWithConfidence(subject)
            try measure.add(
                MeasuredImage(index: 0, truth: truth, prediction: prediction, confidence: confidence(unsure)))
            return measure.scores
        }
        let sure = try scores(0)
        #expect(sure.headline == .init("mAPWithConfidence", 100) && sure.others == [.init("mAP50WithConfidence", 100)])
        #expect(sure.classes.map(\.key) == ["APWithConfidence", "AP50WithConfidence"])
        // An IoU of 200 / 300: above 0.5, 0.55, 0.6 and 0.65.
        #expect(abs((try scores(32768).headline.value ?? 0) - 40) < 1e-9)
        // An IoU of 1/2 is not above 0.5.
        #expect(try scores(65535).headline == .init("mAPWithConfidence", 0))
        var measure = InstanceWithConfidence(subject)
        #expect {
            try measure.add(MeasuredImage(index: 2, truth: truth, prediction: prediction))
        } throws: { error in
            "\(error)".hasPrefix(
                "image 3: nothing says how sure its labels are, which the measure instance-with-confidence needs; score on "
                    + "kitti-360")
        }
        #expect(InstanceWithConfidence.needsConfidence && !Instance.needsConfidence)
    }
}
