import Basics
import Reports
import Testing

@Suite struct ScoreTableTests {
    @Test func runsStandSideBySide() {
        let table = ScoreTable(
            classNames: ["road", "train"],
            columns: [
                .init(title: "source only", classIoU: [81.25, nil], meanIoU: 81.25),
                .init(title: "adapted", classIoU: [90, 0], meanIoU: 45),
            ])
        #expect(
            table.text == """
                class  source only  adapted
                -----  -----------  -------
                road          81.3     90.0
                train            -      0.0
                -----  -----------  -------
                mIoU          81.3     45.0

                """)
        #expect(
            table.json.text == """
                [{"title":"source only","mIoU":81.25,"classes":{"road":81.25,"train":null}},\
                {"title":"adapted","mIoU":45.0,"classes":{"road":90.0,"train":0.0}}]
                """)
    }

    @Test func furtherMeansStandBelow() {
        let table = ScoreTable(
            classNames: ["road"],
            columns: [
                .init(title: "a", classIoU: [50], meanIoU: 50, furtherMeans: [("fog", 62.5), ("night", nil)])
            ])
        #expect(table.text.hasSuffix("mIoU        50.0\nmIoU fog    62.5\nmIoU night     -\n"))
        #expect(
            table.json.text
                == #"[{"title":"a","mIoU":50.0,"mIoU.fog":62.5,"mIoU.night":null,"classes":{"road":50.0}}]"#)
    }
}
