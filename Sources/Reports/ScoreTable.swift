public import Basics

/// IoU per class of several runs, side by side, with their means below.
public struct ScoreTable: Sendable {
    /// The scores of one run.
    public struct Column: Sendable {
        public let title: String
        /// In percent, in the order of the classes; nil for a class that neither truth nor prediction has, or that is
        /// not scored.
        public let classIoU: [Double?]
        /// Mean IoU in percent.
        public let meanIoU: Double
        /// Means over some of the images or classes, in percent, by name.
        public let furtherMeans: [(name: String, meanIoU: Double?)]

        public init(
            title: String, classIoU: [Double?], meanIoU: Double,
            furtherMeans: [(name: String, meanIoU: Double?)] = []
        ) {
            self.title = title
            self.classIoU = classIoU
            self.meanIoU = meanIoU
            self.furtherMeans = furtherMeans
        }
    }

    public let classNames: [String]
    public let columns: [Column]

    /// - Precondition: every column has as many scores as there are classes, and the same further means.
    public init(classNames: [String], columns: [Column]) {
        for column in columns {
            precondition(
                column.classIoU.count == classNames.count,
                "ScoreTable: \(column.classIoU.count) scores of \(column.title) for \(classNames.count) classes")
        }
        precondition(
            columns.allSatisfy { $0.furtherMeans.map(\.name) == columns[0].furtherMeans.map(\.name) },
            "ScoreTable: the columns have different further means")
        self.classNames = classNames
        self.columns = columns
    }

    /// Percent with one digit; `-` where there is no score.
    public var text: String {
        var table = TextTable(header: ["class"] + columns.map(\.title))
        for (index, name) in classNames.enumerated() {
            table.append([name] + columns.map { Self.percent($0.classIoU[index]) })
        }
        table.appendRule()
        table.append(["mIoU"] + columns.map { Self.percent($0.meanIoU) })
        for (row, mean) in (columns.first?.furtherMeans ?? []).enumerated() {
            table.append(["mIoU \(mean.name)"] + columns.map { Self.percent($0.furtherMeans[row].meanIoU) })
        }
        return table.text
    }

    /// The same as JSON: a list of `{title, mIoU, mIoU.<further mean>, classes: {name: IoU}}`.
    public var json: JSONValue {
        .array(
            columns.map { column in
                let classes = zip(classNames, column.classIoU).map { name, score in
                    (name, score.map { JSONValue.number($0) } ?? .null)
                }
                let means = column.furtherMeans.map { mean in
                    ("mIoU." + mean.name, mean.meanIoU.map { JSONValue.number($0) } ?? .null)
                }
                let head: [(String, JSONValue)] = [("title", .string(column.title)), ("mIoU", .number(column.meanIoU))]
                return .object(head + means + [("classes", .object(classes))])
            })
    }

    private static func percent(_ value: Double?) -> String {
        value.map { $0.isFinite ? NumberText.fixed($0, digits: 1) : "-" } ?? "-"
    }
}
