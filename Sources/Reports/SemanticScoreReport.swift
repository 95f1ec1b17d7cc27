package import Basics
package import Datasets
package import Evaluation

/// Scores of one or several predictions of one data set, for people and for programs.
package struct SemanticScoreReport {
    package struct Column {
        package let title: String
        package let scores: DatasetScores

        package init(title: String, scores: DatasetScores) {
            self.title = title
            self.scores = scores
        }
    }

    package let labelSpace: LabelSpace
    package let imageCount: Int
    package let columns: [Column]

    package init(labelSpace: LabelSpace, imageCount: Int, columns: [Column]) {
        self.labelSpace = labelSpace
        self.imageCount = imageCount
        self.columns = columns
    }

    package var table: String {
        var summary = TextTable(header: ["\(imageCount) image\(imageCount == 1 ? "" : "s")"] + columns.map(\.title))
        summary.append(["pixel accuracy"] + columns.map { Self.percent($0.scores.overall.pixelAccuracy) })
        return scoreTable.text + "\n" + summary.text
    }

    /// `{labelSpace, images, scores: [{title, mIoU, mIoU.fog, …, classes: {name: IoU}}], pixelAccuracy: [...]}`, all in
    /// percent.
    package var json: JSONValue {
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
