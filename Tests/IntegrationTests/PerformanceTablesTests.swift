import Foundation
import Testing
import _TestSupport

/// What `launch/performance` does to its document; measuring itself takes half an hour.
@Suite struct PerformanceTablesTests {
    private let folder = TemporaryFolder()

    /// A table without a place would be measured for nothing.
    @Test func theDocumentHasAPlaceForEveryTable() throws {
        let script = try RepositoryFile.text("launch/performance").split(separator: "\n")
        let line = try #require(script.first { $0.hasPrefix("ONLY=\"") })
        let tables = line.dropFirst("ONLY=\"".count).dropLast().split(separator: " ").map(String.init)
        let document = try RepositoryFile.text("docs/performance.md").split(separator: "\n")
        let places = document.filter { $0.hasPrefix("<!-- figures: ") }
        let expected: [String] = tables.map { "<!-- figures: \($0) -->" }
        #expect(places.map(String.init).sorted() == expected.sorted())
        #expect(document.count { $0 == "<!-- end of figures -->" } == tables.count)
        for table in tables { #expect(script.contains { $0.hasPrefix("measure_\(table)() {") }, "\(table)") }
    }

    @Test func aTableIsPutBetweenItsLinesAndNothingElseChanges() throws {
        let document = folder.write(
            "a\n<!-- figures: one -->\nold\n<!-- end of figures -->\nb\n<!-- figures: two -->\nkept\n<!-- end of "
                + "figures -->\nc\n",
            to: "page.md")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = [
            "-c",
            """
            source '\(RepositoryFile.path("launch/common.sh"))'
            INTO='\(document)'
            source <(sed -n '/^put() {/,/^}/p' '\(RepositoryFile.path("launch/performance"))')
            printf '| a\\\\b | & |\\n| 1 | 2 |\\n' | put one
            echo x | put three
            """,
        ]
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let said = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(
            process.terminationStatus == 1 && said.contains("page.md: has no line '<!-- figures: three -->'"), "\(said)"
        )
        #expect(
            try String(contentsOfFile: document, encoding: .utf8)
                == "a\n<!-- figures: one -->\n\n| a\\b | & |\n| 1 | 2 |\n\n<!-- end of figures -->\nb\n<!-- figures: "
                + "two -->\nkept\n<!-- end of figures -->\nc\n")
    }
}
