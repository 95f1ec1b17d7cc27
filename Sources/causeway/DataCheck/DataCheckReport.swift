internal import Basics
internal import Datasets
internal import Training

/// What was found in all data sets of a setting, for people and for programs.
struct DataCheckReport {
    let checks: [DataCheck]
    /// Whether pixels were not looked at.
    var isQuick = false

    /// Findings of one kind shown on a terminal.
    private static let shownFindings = 20

    var damageCount: Int { checks.reduce(0) { $0 + $1.inspection.damageCount } }

    /// Counts and sizes, classes, findings, and a last line that says how it went.
    ///
    /// - Parameter allFindings: file that has every finding; nil where none was written.
    func text(allFindings: String?) -> String {
        var parts = [counts.text]
        if let classes { parts.append(classes.text) }
        if let objects { parts.append(objects.text) }
        let found = findings(limit: Self.shownFindings)
        if !found.isEmpty { parts.append(found) }
        let total = findings.count
        let place = total == 0 ? "" : allFindings.map { "; all findings are in \($0)" } ?? "; --out writes all findings"
        let good = isQuick ? "no damage in headers (pixels and label ids were not read)" : "no damage"
        parts.append((damageCount == 0 ? good : "damage: \(damageCount)") + place + "\n")
        return parts.joined(separator: "\n")
    }

    /// Those of every data set, and what they come to together.
    private var findings: [DatasetInspection.Finding] {
        // Of a pipeline those of the first training that has them.
        func dataset(_ keyPath: String) -> (any SegmentationDataset)? {
            checks.first { $0.section.keyPath == keyPath || $0.section.keyPath.hasSuffix(".\(keyPath)") }?.dataset
        }
        let notes = DataNotices.shared(dataset("data.source"), dataset("data.target"), dataset("evaluation.dataset"))
        return checks.flatMap(\.inspection.findings) + notes.map { .init(.note, $0) }
    }

    /// One line a finding, damage before notes.
    ///
    /// - Parameter limit: of lines of one kind; nil for no limit.
    func findings(limit: Int?) -> String {
        let all = findings
        return [DatasetInspection.Finding.Severity.damage, .note].map { severity in
            let lines = all.filter { $0.severity == severity }.map { "\(severity.rawValue): \($0.message)\n" }
            let shown = lines.prefix(limit ?? lines.count)
            let rest = lines.count - shown.count
            return shown.joined() + (rest > 0 ? "\(severity.rawValue): and \(rest) more\n" : "")
        }.joined()
    }

    /// Every finding, one a line; where there is none, a line that says so.
    var allFindings: String {
        let text = findings(limit: nil)
        return text.isEmpty ? "nothing was found\(isQuick ? " in headers" : "")\n" : text
    }

    private var counts: TextTable {
        var table = TextTable(header: ["data set", "condition", "images", "published", "size", "damage"])
        for check in checks {
            let title = "\(check.section.keyPath) \(check.name)"
            let inspection = check.inspection
            for (row, count) in inspection.counts.enumerated() {
                table.append([
                    row == 0 ? title : "", count.condition?.rawValue ?? "-", "\(count.images)",
                    count.published.map { "\($0)" } ?? "-", row == 0 ? Self.sizes(inspection) : "",
                    row == 0 ? "\(inspection.damageCount)" : "",
                ])
            }
            if inspection.counts.isEmpty { table.append([title, "-", "-", "-", "-", "\(inspection.damageCount)"]) }
        }
        return table
    }

    private static func sizes(_ inspection: DatasetInspection) -> String {
        guard let first = inspection.sizes.first else { return "-" }
        let others = inspection.sizes.count - 1
        return "\(first.width)x\(first.height)" + (others > 0 ? " and \(others) more" : "")
    }

    /// Share of each class in the labels, one column a labelled data set; nil where no label was read.
    private var classes: TextTable? {
        let columns = checks.compactMap { check in
            check.inspection.statistics.map { (check.section.keyPath, $0) }
        }
        guard let space = columns.first?.1.labelSpace else { return nil }
        let comparable = columns.filter { $0.1.labelSpace == space }
        var table = TextTable(header: ["class"] + comparable.map { "\($0.0) %" })
        for (trainID, name) in space.classNames.enumerated() {
            table.append([name] + comparable.map { NumberText.fixed(100 * $0.1.frequencies[trainID], digits: 3) })
        }
        return table
    }

    /// Objects of each class, one column a data set with files of them; nil where none was read.
    private var objects: TextTable? {
        let columns = checks.compactMap { check in
            check.inspection.objects.flatMap { objects in
                check.dataset.map { (check.section.keyPath, $0.labelSpace, objects) }
            }
        }
        guard let space = columns.first?.1 else { return nil }
        let comparable = columns.filter { $0.1 == space }
        var table = TextTable(header: ["objects"] + comparable.map(\.0))
        for trainID in space.thingTrainIDs {
            table.append([space.classNames[trainID]] + comparable.map { "\($0.2.byClass[trainID])" })
        }
        let rows: [(String, (DatasetInspection.Objects) -> Int)] = [
            ("all", \.count), ("not learnt from (such as one row or column)", \.unused),
            ("groups not told apart", \.crowds),
            ("images without any that is used", \.imagesWithout), ("most in an image", \.most),
        ]
        for (title, value) in rows { table.append([title] + comparable.map { "\(value($0.2))" }) }
        return table
    }

    /// `{damage, datasets: [{key, name, counts: [{condition, images, published}], sizes, objects, findings}]}`.
    var json: JSONValue {
        ["damage": .integer(damageCount), "datasets": .array(checks.map(Self.json))]
    }

    private static func json(_ check: DataCheck) -> JSONValue {
        let inspection = check.inspection
        let counts = inspection.counts.map { count -> JSONValue in
            [
                "condition": count.condition.map { .string($0.rawValue) } ?? .null, "images": .integer(count.images),
                "published": count.published.map { .integer($0) } ?? .null,
            ]
        }
        let sizes = inspection.sizes.map { size -> JSONValue in
            ["height": .integer(size.height), "width": .integer(size.width), "images": .integer(size.images)]
        }
        let findings = inspection.findings.map { finding -> JSONValue in
            ["severity": .string(finding.severity.rawValue), "message": .string(finding.message)]
        }
        return [
            "key": .string(check.section.keyPath), "name": .string(check.name), "counts": .array(counts),
            "sizes": .array(sizes), "objects": inspection.objects.map { json($0, check.dataset) } ?? .null,
            "findings": .array(findings),
        ]
    }

    private static func json(
        _ objects: DatasetInspection.Objects, _ dataset: (any SegmentationDataset)?
    ) -> JSONValue {
        let space = dataset?.labelSpace
        let classes = (space?.thingTrainIDs ?? []).map { trainID in
            (space?.classNames[trainID] ?? "", JSONValue.integer(objects.byClass[trainID]))
        }
        return [
            "count": .integer(objects.count), "classes": .object(classes), "unused": .integer(objects.unused),
            "crowds": .integer(objects.crowds), "images": .integer(objects.images),
            "imagesWithout": .integer(objects.imagesWithout), "most": .integer(objects.most),
        ]
    }
}
