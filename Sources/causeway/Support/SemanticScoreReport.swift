internal import Datasets
internal import Evaluation
internal import Training

/// Scores of one or several predictions of one data set, for people and for programs.
struct SemanticScoreReport {
    struct Column {
        let title: String
        let scores: DatasetScores
    }

    let labelSpace: LabelSpace
    let imageCount: Int
    let columns: [Column]

    var table: String {
        var summary = TextTable(header: ["\(imageCount) image\(imageCount == 1 ? "" : "s")"] + columns.map(\.title))
        summary.append(["pixel accuracy"] + columns.map { Self.percent($0.scores.overall.pixelAccuracy) })
        return scoreTable.text + "\n" + summary.text
    }

    /// `{labelSpace, images, scores: [{title, mIoU, mIoU.fog, …, classes: {name: IoU}}], pixelAccuracy: [...]}`, all in
    /// percent.
    var json: JSONValue {
        [
            "labelSpace": .string(labelSpace.name), "images": .integer(imageCount), "scores": scoreTable.json,
            "pixelAccuracy": .array(columns.map { $0.scores.overall.pixelAccuracy.map { .number($0) } ?? .null }),
        ]
    }

    private var scoreTable: ScoreTable {
        ScoreTable(
            classNames: labelSpace.classNames,
            columns: columns.map {
                .init(
                    title: $0.title, classIoU: $0.scores.overall.classIoU, meanIoU: $0.scores.overall.meanIoU ?? .nan,
                    furtherMeans: $0.scores.furtherMeans.map { ($0.name, $0.meanIoU) })
            })
    }

    private static func percent(_ value: Double?) -> String {
        value.map { NumberText.fixed($0, digits: 1) } ?? "-"
    }
}
