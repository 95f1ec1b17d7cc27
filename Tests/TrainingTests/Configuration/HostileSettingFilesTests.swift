import Configuration
import Evaluation
import Foundation
import Testing
import Training
import _TestSupport

private let valid = "name: a\ndata:\n  source: {root: a}\n  target: {root: b}\n"

/// The error of reading, without the folder.
private func failure(_ path: String, in folder: TemporaryFolder) -> String {
    do {
        _ = try ConfigurationFile.load(path)
        return "no error"
    } catch {
        return error.description.replacing(folder.path + "/", with: "")
    }
}

private func failure(_ bytes: some Sequence<UInt8>) throws -> String {
    let folder = TemporaryFolder()
    try Data(bytes).write(to: URL(filePath: folder.file("a.yaml")))
    return failure(folder.file("a.yaml"), in: folder)
}

private func failure(_ text: String) throws -> String { try failure(text.utf8) }

/// Files that stand for more than they hold, never end, or are written by other editors: read, or refused by name, and
/// quickly.
@Suite(.timeLimit(.minutes(2))) struct HostileSettingFilesTests {
    // MARK: Aliases

    @Test func aFewAliasesAreRead() throws {
        let folder = TemporaryFolder()
        let path = folder.write(
            "name: R&D *all* of it\ndata:\n  source: {root: a}\n  target: {root: b}\n  crop: &c {height: 512, width: 512}\n"
                + "evaluation: {inference: {kind: sliding, window: *c, stride: *c}}\n", to: "a.yaml")
        let run = try ConfigurationFile.load(path)
        guard case .sliding(let sliding) = run.evaluation.inference else {
            Issue.record("expected windows")
            return
        }
        #expect(sliding.window == run.data.crop && sliding.stride == run.data.crop)
    }

    @Test func aliasesOfAliasesAreRefusedAtTheirLine() throws {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<10 {
            let alias = "*a\(level - 1)"
            text += "a\(level): &a\(level) [\([String](repeating: alias, count: 9).joined(separator: ", "))]\n"
        }
        #expect(text.utf8.count < 1000)
        #expect(
            try failure(text)
                == "a.yaml:3: more than 16 aliases (*name) are used; write values out, or put what is shared into "
                + "a file that others extend")
    }

    /// Few aliases of large or deep values.
    @Test func whatAliasesStandForIsBounded() throws {
        var doubling = "a0: &a0 [\([String](repeating: "x", count: 3000).joined(separator: ","))]\n"
        for level in 1...8 { doubling += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(try failure(doubling).contains("the file holds more than 50000 values, aliases written out"))
        var deep = "a0: &a0 x\n"
        for level in 1...15 {
            deep +=
                "a\(level): &a\(level) \(String(repeating: "[", count: 60))*a\(level - 1)\(String(repeating: "]", count: 60))\n"
        }
        #expect(try failure(deep).contains("maps and lists lie in each other more than 64 times"))
        let long = "a: &a x\nb: [*a]\n# " + String(repeating: "long ", count: 20_000)
        #expect(try failure(long).contains("aliases (*name) are read in files of at most 65536 bytes"))
        #expect(try failure("? *a\n: b\n").contains("a.yaml:1: not valid YAML: found undefined alias"))
        #expect(try failure("a: &a [x]\n? *a\n: b\n").contains("a key must be plain text"))
        #expect(try failure("a: &a {name: x}\n<<: *a\n").contains("'<<' is not read; write the keys out"))
    }

    // MARK: Sizes

    @Test(arguments: ["[", "{", "- ", "? ", "a: [", "{a: "]) func deepNestingIsRefused(opening: String) throws {
        for count in [100, 900, 200_000] {
            let text = try failure("a: " + String(repeating: opening, count: count))
            #expect(text.hasPrefix("a.yaml:1: ") && text.utf8.count < 500, "\(text.prefix(300))")
        }
        let closed = String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
        #expect(try failure("a: \(closed)\n") == "a.yaml:1: maps and lists lie in each other more than 64 times")
    }

    @Test func longFilesAreRefused() throws {
        #expect(
            try failure("a: [" + String(repeating: "x,", count: 400_000) + "]\n").contains(
                "holds more than 50000 values"))
        #expect(try failure(String(repeating: "# comment\n", count: 200_000)).contains("has more than 1048576 bytes"))
        let keys = (0..<20_000).map { "key\($0): 1\n" }.joined()
        #expect(try failure(keys).contains("a.yaml:1: key0: unknown key"))
        let word = String(repeating: "x", count: 500_000)
        #expect(try failure("\(word): 1").utf8.count < 3000)
        #expect(try failure("seed: \(word)").utf8.count < 3000)
        #expect(
            try failure("name: a\n" + String(repeating: " ", count: 500_000)).contains(
                "data.source.root: must be given"))
    }

    // MARK: Files that extend others

    /// Each names the next one twice: 2^14 ways.
    @Test func aFileThatManyExtendIsReadOnce() throws {
        let folder = TemporaryFolder()
        folder.write(valid, to: "s15.yaml")
        for number in 1..<15 {
            folder.write(
                "extends: [s\(number + 1).yaml, ./s\(number + 1).yaml]\nseed: \(number)\n", to: "s\(number).yaml")
        }
        #expect(try ConfigurationFile.load(folder.file("s1.yaml")).seed == 1)
        #expect(try ConfigurationFile.load(folder.file("s9.yaml")).seed == 9)
    }

    @Test func chainsAndListsOfFilesHaveAnEnd() throws {
        let folder = TemporaryFolder()
        folder.write(valid, to: "s40.yaml")
        for number in 1..<40 { folder.write("extends: s\(number + 1).yaml\n", to: "s\(number).yaml") }
        #expect(
            failure(folder.file("s1.yaml"), in: folder).hasPrefix(
                "s16.yaml:1: extends: more than 16 files extend each other in a row"))
        let list = (0..<100).map { _ in "s40.yaml" }.joined(separator: ", ")
        #expect(
            failure(folder.write("extends: [\(list)]\n", to: "list.yaml"), in: folder).hasPrefix(
                "list.yaml:1: extends: 100 files are more than the 64"))
        for number in 0..<70 { folder.write("seed: 1\n", to: "t\(number).yaml") }
        folder.write("extends: [\((0..<35).map { "t\($0).yaml" }.joined(separator: ", "))]\n", to: "u0.yaml")
        folder.write("extends: [\((35..<70).map { "t\($0).yaml" }.joined(separator: ", "))]\n", to: "u1.yaml")
        #expect(
            failure(folder.write("extends: [u0.yaml, u1.yaml]\n", to: "many.yaml"), in: folder)
                .contains("extends: the setting is made of more than 64 files"))
    }

    @Test func circlesAreNamed() throws {
        let folder = TemporaryFolder()
        #expect(
            failure(folder.write("extends: a.yaml\n", to: "a.yaml"), in: folder).hasPrefix(
                "a.yaml:1: extends: the files extend each other in a circle: "))
        folder.write("seed: 1\nextends: [d.yaml, b.yaml]\n", to: "c.yaml")
        folder.write("seed: 2\n", to: "d.yaml")
        let path = folder.write("extends: c.yaml\n", to: "b.yaml")
        #expect(failure(path, in: folder).hasPrefix("c.yaml:2: extends: the files extend each other in a circle"))
        try FileManager.default.createSymbolicLink(atPath: folder.file("link.yaml"), withDestinationPath: "b.yaml")
        #expect(failure(folder.file("link.yaml"), in: folder).contains("in a circle"))
    }

    // MARK: No files

    @Test func whatIsNoFileIsRefusedAndNotWaitedFor() throws {
        let folder = TemporaryFolder()
        try #require(mkfifo(folder.file("pipe.yaml"), 0o644) == 0)
        for (path, kind) in [
            (folder.file("pipe.yaml"), "a pipe"), (folder.path, "a folder"), ("/dev/zero", "a device"),
            ("/dev/null", "a device"),
        ] {
            #expect(
                failure(path, in: folder).hasSuffix(
                    "\(kind == "a folder" ? folder.path : path): is \(kind), not a file; check the path")
                    || failure(path, in: folder).contains("is \(kind), not a file; check the path"))
            folder.write("seed: 1\nextends: \(path)\n", to: "a.yaml")
            let text = failure(folder.file("a.yaml"), in: folder)
            #expect(
                text.hasPrefix("a.yaml:2: cannot read the configuration") && text.contains("is \(kind), not a file"))
        }
        #expect(throws: ConfigurationError.self) { try TemplateFile.load(folder.file("pipe.yaml")) }
        #expect(
            failure(folder.write(valid + "labelSpace: ./pipe.yaml\n", to: "b.yaml"), in: folder)
                .contains("is a pipe, not a file"))
    }

    // MARK: Editors

    @Test func otherLineEndsAndMarksAreRead() throws {
        let texts = [
            valid, valid.replacing("\n", with: "\r\n"), valid.replacing("\n", with: "\r"), valid + "...\n",
            "---\n" + valid,
        ]
        for text in texts {
            #expect(try failure(text) == "no error")
            #expect(try failure([0xEF, 0xBB, 0xBF] + Array(text.utf8)) == "no error")
            for isLittle in [true, false] {
                let units = [0xFEFF] + Array(text.utf16)
                #expect(
                    try failure(
                        units.flatMap {
                            isLittle ? [UInt8($0 & 255), UInt8($0 >> 8)] : [UInt8($0 >> 8), UInt8($0 & 255)]
                        })
                        == "no error")
            }
        }
    }

    @Test func otherTextIsRefusedAtItsLine() throws {
        let units = valid.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        #expect(try failure(units).hasPrefix("a.yaml:1: not valid YAML: holds a byte of 0"))
        #expect(try failure([0xFF, 0xFE, 0, 0] + units).hasPrefix("a.yaml:1: the file is UTF-32 text"))
        #expect(try failure([0xFF, 0xFE, 65]).hasPrefix("a.yaml:1: the file begins as UTF-16 text and is none"))
        let latin = Array("name: a\nseed: 1\n# caf".utf8) + [0xE9] + Array("\n".utf8)
        #expect(try failure(latin) == "a.yaml:3: this line is not UTF-8 text; save the file as UTF-8 text")
        for length in 1..<40 {
            let bytes =
                Array(String(repeating: "é\n", count: length).utf8) + [0xE9, 10]
                + Array(String(repeating: "é\n", count: 9).utf8)
            #expect(try failure(bytes).hasPrefix("a.yaml:\(length + 1): this line is not UTF-8"))
        }
        #expect(
            try failure("name: a\nseed: \u{1}\n").hasPrefix("a.yaml:2: not valid YAML: holds a control character (1)"))
        #expect(try failure("name: a\nseed: \u{85}\u{9F}\n").hasPrefix("a.yaml:"))
        #expect(try failure("name: a\nseed: 1\u{FFFE}\n").hasPrefix("a.yaml:2: "))
        #expect(try failure([0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10]).hasPrefix("a.yaml:1: this line is not UTF-8"))
    }

    @Test(arguments: [
        ("name: a\ndata:\n\tsource: {root: a}\n", 3, "a tab stands where spaces indent; use spaces"),
        ("name: a\ndata:\n  source: {root: a\nseed: 1\n", 3, "did not find expected ',' or '}'"),
        ("name: a\nseed: 'b\nlog: {every: 3}\n", 2, "found unexpected end of stream"),
        ("name: a\nseed: 1\nname: b: c\n", 3, "a second ': ' in a line"),
        ("name: a\nseed: 1\n@foo: b\n", 3, "'@' cannot begin a value; put the text in quotes"),
        ("name: a\nseed 1\nlog: {every: 1}\n", 2, "a line without `key: value`"),
        ("name: a\nseed: *b\n", 2, "found undefined alias"),
        ("name: a\nseed: 1\n---\nname: b\n", 3, "a setting is one document"),
        (
            "name: a\nseed: 1\ndata:\n  source:\n    root: a\n    root: b\n", 5,
            "'root' stands more than once in one map"
        ),
        ("name: a\nseed: 1\nlog: {every: 1}\nseed: 2\n", 2, "'seed' stands more than once in one map"),
        ("name: a\nseed: !include b.yaml\n", 2, "'!include' means nothing here"),
        ("name: a\nseed: !!python/object:os.system x\n", 2, "expected a whole number"),
        ("name: a\n? [b]\n: 1\n", 2, "a key must be plain text"),
        ("- a\n- b\n", 1, "expected a map of keys, got a list of 2"),
        ("just text\n", 1, "expected a map of keys, got 'just text'"),
    ])
    func faultsOfYAMLAreToldAtTheirLine(yaml: String, line: Int, text: String) throws {
        for text in [yaml, yaml.replacing("\n", with: "\r\n")] {
            let found = try failure(text)
            #expect(found.contains("a.yaml:\(line): "), "\(found)")
        }
        let found = try failure(yaml)
        #expect(found.contains(text) && !found.split(separator: "\n").contains { $0.utf8.count > 400 }, "\(found)")
    }

    /// Values of the command line are YAML too.
    @Test(arguments: ["[[[[", "{a: ", "&a [*a]", "\t@", "'", "%", "*x"]) func changesAreHeldToTheSame(value: String) {
        let folder = TemporaryFolder()
        let path = folder.write(valid, to: "a.yaml")
        #expect { try ConfigurationFile.load(path, overrides: ["data.crop=\(value)"]) } throws: { error in
            "\(error)".contains("--set data.crop=")
        }
        let deep = (0..<10_000).map { _ in "a" }.joined(separator: ".")
        #expect(throws: ConfigurationError.self) { try ConfigurationFile.load(path, overrides: ["\(deep)=1"]) }
    }
}
