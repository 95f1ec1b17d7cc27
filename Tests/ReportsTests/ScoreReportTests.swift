import Basics
import Datasets
import Evaluation
import Reports
import Testing

@Suite struct ScoreReportTests {
    private static let space = LabelSpace(
        name: "two", classes: [SegmentationClass("road", color: SIMD3(128, 64, 128), isThing: false, ids: [0]),
            SegmentationClass("train", color: SIMD3(0, 80, 100), isThing: false, ids: [1]),
        ])

    private func column(
        _ title: String, _ mean: Double?, _ classes: [Double?], parts: [MeasureScores.Part] = [],
        further: [MeasureScores] = []
    ) -> ScoreReport.Column {
        let scores = MeasureScores(
            headline: .init("mIoU", mean), parts: parts, others: [.init("pixelAccuracy", title: "pixel accuracy", 90)],
            classes: [.init("IoU", classes)])
        return .init(title: title, scores: ScoreSheet(classNames: ["road", "train"], [scores] + further))
    }

    private func report(_ columns: [ScoreReport.Column]) -> ScoreReport {
        ScoreReport(labelSpace: Self.space, imageCount: 3, columns: columns)
    }

    @Test func runsStandSideBySide() {
        let report = report([column("source only", 81.25, [81.25, nil]), column("adapted", 45, [90, 0])])
        #expect(
            report.table == """
                class  source only  adapted
                -----  -----------  -------
                road          81.3     90.0
                train            -      0.0
                -----  -----------  -------
                mIoU          81.3     45.0

                3 images        source only  adapted
                --------------  -----------  -------
                pixel accuracy         90.0     90.0

                """)
        #expect(
            report.json.text == """
                {"labelSpace":"two","images":3,"headline":"mIoU","scores":[\
                {"title":"source only","mIoU":81.25,"classes":{"road":81.25,"train":null}},\
                {"title":"adapted","mIoU":45.0,"classes":{"road":90.0,"train":0.0}}],"pixelAccuracy":[90.0,90.0]}
                """)
    }

    @Test func partsStandBelowTheHeadline() {
        let report = report([column("a", 50, [50, nil], parts: [.init("fog", 62.5), .init("night", nil)])])
        #expect(report.table.contains("mIoU        50.0\nmIoU fog    62.5\nmIoU night     -\n"))
        #expect(report.json.text.contains(#""mIoU":50.0,"mIoU.fog":62.5,"mIoU.night":null,"classes":{"road":50.0"#))
    }

    @Test func aSecondMeasureHasTablesOfItsOwn() {
        let panoptic = MeasureScores(
            headline: .init("PQ", 30), others: [.init("RQ", 40)],
            classes: [.init("PQ.class", [20, 40]), .init("SQ.class", [70, nil])])
        let report = report([column("a", 50, [50, nil], further: [panoptic])])
        #expect(
            report.table.contains(
                """
                class     a
                -----  ----
                road   20.0
                train  40.0
                -----  ----
                PQ     30.0

                SQ.class     a
                --------  ----
                road      70.0
                train        -

                3 images           a
                --------------  ----
                pixel accuracy  90.0
                RQ              40.0

                """))
        #expect(report.json.text.contains(#""mIoU":50.0,"PQ":30.0,"classes":{"road":50.0,"#))
        #expect(report.json.text.contains(#""classes.SQ.class":{"road":70.0,"train":null}}],"#))
        #expect(report.json.text.hasSuffix(#""pixelAccuracy":[90.0],"RQ":[40.0]}"#))
    }

    @Test func aMeasureWithoutClassesHasATable() {
        let sheet = ScoreSheet(classNames: ["road", "train"], [MeasureScores(headline: .init("AP", title: "mAP", 12.34))])
        let report = report([.init(title: "a", scores: sheet)])
        #expect(report.table == "score     a\n-----  ----\nmAP    12.3\n")
        #expect(report.json.text.contains(#"{"title":"a","AP":12.34}"#))
    }
}
