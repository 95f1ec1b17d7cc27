import Basics
import Testing

@Suite struct TextTableTests {
    private func table(_ titles: [String]) -> TextTable {
        var table = TextTable(header: ["class"] + titles)
        table.append(["road"] + titles.map { _ in "61.5" })
        table.appendRule()
        table.append(["mean"] + titles.map { _ in "41.2" })
        return table
    }

    @Test func titlesStandInOneLineWhereThereIsRoom() {
        #expect(
            table(["plain", "plain + target statistics"]).text == """
                class  plain  plain + target statistics
                -----  -----  -------------------------
                road    61.5                       61.5
                -----  -----  -------------------------
                mean    41.2                       41.2

                """)
    }

    @Test func titlesOfWideTablesAreBroken() {
        let long = "plain + target statistics"
        #expect(
            table(["of limit", long, "run/mic/seed-1", long, "toytown-source-only", long]).text == """
                                    plain +    run/     plain +                          plain +
                                     target    mic/      target                           target
                class  of limit  statistics  seed-1  statistics  toytown-source-only  statistics
                -----  --------  ----------  ------  ----------  -------------------  ----------
                road       61.5        61.5    61.5        61.5                 61.5        61.5
                -----  --------  ----------  ------  ----------  -------------------  ----------
                mean       41.2        41.2    41.2        41.2                 41.2        41.2

                """)
    }
}
