import Datasets
import Evaluation
import ImageIO
import _TestSupport
import Testing
import _TestSupport

private func row(_ values: [UInt8]) -> LabelMap {
    LabelMap(height: 1, width: values.count, channels: 1, pixels: values)
}

@Suite struct MeasureTests {
    private let subject = MeasureSubject(labelSpace: .cityscapes19, conditions: [.fog, .night])

    /// Class 0 is right on 2 of 3 pixels that it has in truth or prediction, class 1 on 1 of 2.
    private let expectedMean = (200.0 / 3 + 50) / 2

    @Test func talliesOfRanksGiveTheScoresOfTheWhole() throws {
        let images = [
            MeasuredImage(index: 0, condition: .fog, labels: row([0, 0, 1]), prediction: row([0, 1, 1])),
            MeasuredImage(index: 1, condition: .night, labels: row([0, 255]), prediction: row([0, 3])),
        ]
        var whole = SemanticIoU(subject)
        for image in images { whole.add(image) }
        var merged: any Measure = SemanticIoU(subject)
        for image in images {
            var part = SemanticIoU(subject)
            part.add(image)
            try merged.merge(packed: part.packedTally())
        }
        #expect(merged.scores == whole.scores)
        let mean = whole.scores.headline.value ?? 0
        #expect(whole.scores.headline.key == "mIoU" && abs(mean - expectedMean) < 1e-12)
        #expect(whole.scores.parts == [.init("fog", 50), .init("night", 100)])
        #expect(whole.scores.others == [.init("pixelAccuracy", title: "pixel accuracy", 75)])
        #expect(whole.scores.classes.map(\.key) == ["IoU"] && whole.scores.classes[0].values[1] == 50)
    }

    @Test func aDamagedTallyIsRefused() throws {
        var measure = SemanticIoU(subject)
        let error = evaluationError { try measure.merge(packed: Array("[1, 2".utf8)) }
        #expect(error?.code == .damagedTally)
        #expect(error?.message.hasPrefix("semantic-iou: what another rank counted cannot be read: ") == true)
    }

    @Test func listsAreOrderedByImageHoweverTheyAreMerged() {
        func list(_ images: [Int]) -> ImageList<String> {
            var list = ImageList<String>()
            for image in images {
                list.append("\(image)a", image: image)
                list.append("\(image)b", image: image)
            }
            return list
        }
        let expected = list([0, 1, 2, 3, 4])
        for (own, other) in [([0, 2, 4], [1, 3]), ([1, 3], [0, 2, 4]), ([], [0, 1, 2, 3, 4]), ([4, 1, 3], [2, 0])] {
            var merged = list(own)
            merged.merge(list(other))
            #expect(merged == expected)
        }
        #expect(expected.elements.prefix(3) == ["0a", "0b", "1a"])
    }

    @Test func everyMeasureOfTheRegistryHasANameOfItsOwn() {
        let names = MeasureName.allCases.map(\.rawValue)
        #expect(names.first == "semantic-iou" && Set(names).count == names.count)
        for name in MeasureName.allCases { #expect(type(of: name.make(subject)).name == name.rawValue) }
        #expect(MeasureName(rawValue: "semantic-io") == nil)
    }
}
