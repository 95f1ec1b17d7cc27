package import Basics
package import Evaluation

/// Average precision of prediction files, for people and for programs.
package struct InstanceReport {
    /// A score over all classes and of each.
    private struct Column {
        /// `AP50`
        let key: String
        let mean: Double?
        let classes: [Double?]
    }

    private let protocolName: String
    private let imageCount: Int
    private let classNames: [String]
    private let columns: [Column]

    package init(
        _ scorer: CityscapesInstanceScorer, _ precisions: [InstancePrecision], protocolName: String = "cityscapes"
    ) {
        let means = InstancePrecision.means(of: precisions)
        self.protocolName = protocolName
        imageCount = scorer.imageCount
        classNames = scorer.classNames
        columns = [
            Column(key: "AP", mean: means.average, classes: precisions.map(\.average)),
            Column(key: "AP50", mean: means.atHalf, classes: precisions.map(\.atHalf)),
        ]
    }

    package init(_ scorer: COCOInstanceScorer, _ precisions: [COCOPrecision]) {
        protocolName = "coco"
        imageCount = scorer.imageCount
        classNames = scorer.categoryNames
        func column(_ key: String, _ score: ([COCOPrecision]) -> Double?) -> Column {
            Column(key: key, mean: score(precisions), classes: precisions.map { score([$0]) })
        }
        columns = [
            column("AP") { COCOPrecision.average(of: $0) },
            column("AP50") { COCOPrecision.average(of: $0, at: 0.5) },
            column("AP75") { COCOPrecision.average(of: $0, at: 0.75) },
            column("APs") { COCOPrecision.average(of: $0, .small) },
            column("APm") { COCOPrecision.average(of: $0, .medium) },
            column("APl") { COCOPrecision.average(of: $0, .large) },
        ]
    }

    /// Whether there is a true object that counts.
    package var hasScore: Bool { columns[0].mean != nil }

    package var table: String {
        var table = TextTable(header: ["class"] + columns.map(\.key))
        for (place, name) in classNames.enumerated() {
            table.append([name] + columns.map { NumberText.percent($0.classes[place]) })
        }
        table.appendRule()
        table.append(["mean"] + columns.map { NumberText.percent($0.mean) })
        return table.text + "\(imageCount) image\(imageCount == 1 ? "" : "s")\n"
    }

    /// `{protocol, images, AP, AP50, …, classes: {name: {AP, AP50, …}}}`, in percent; null where no true object counts.
    package var json: JSONValue {
        func value(_ number: Double?) -> JSONValue { number.map { .number($0) } ?? .null }
        let classes = classNames.enumerated().map { place, name in
            (name, JSONValue.object(columns.map { ($0.key, value($0.classes[place])) }))
        }
        return .object(
            [("protocol", .string(protocolName)), ("images", .integer(imageCount))]
                + columns.map { ($0.key, value($0.mean)) } + [("classes", .object(classes))])
    }
}
