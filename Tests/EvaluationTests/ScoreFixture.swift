import FoundationEssentials
import ImageIO
import _TestSupport

/// Label and prediction images with their scores, counted by another program (`Tests/Fixtures/evaluation`).
struct ScoreFixture: Decodable {
    /// 19 rows of 20, as `ConfusionMatrix.counts`.
    let counts: [Int64]
    let classIoU: [Double?]
    let meanIoU: Double
    /// Over the 16 classes of SYNTHIA.
    let meanIoU16: Double
    let pixelAccuracy: Double

    static let labels = Fixture.path("evaluation/labels")
    static let predictions = Fixture.path("evaluation/predictions")

    static func load() throws -> ScoreFixture {
        let file = URL(fileURLWithPath: Fixture.path("evaluation/scores.json"))
        return try JSONDecoder().decode(ScoreFixture.self, from: Data(contentsOf: file))
    }

    /// Train ids of image `index`.
    static func pair(_ index: Int) throws -> (labels: LabelMap, predictions: LabelMap) {
        (
            try ImageCodec.readLabels("\(labels)/city/scene_\(index)_gtFine_labelTrainIds.png"),
            try ImageCodec.readLabels("\(predictions)/city/scene_\(index)_leftImg8bit.png")
        )
    }
}
