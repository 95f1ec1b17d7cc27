import Foundation
import NN
import Testing
import TextEncoders
import _TestSupport

@Suite struct TokenizerTests {
    private struct Case: Decodable {
        let text: String
        let ids: [Int32]
    }

    private static func cases(_ name: String) throws -> [Case] {
        let data = try Data(contentsOf: URL(filePath: Fixture.path("text/tokenizer/texts.json")))
        return try #require(try JSONDecoder().decode([String: [Case]].self, from: data)[name])
    }

    private static func vocabulary(_ vocab: String, _ merges: String) throws -> BytePairVocabulary {
        try .huggingFace(
            vocab: Fixture.path("text/tokenizer/\(vocab).json"), merges: Fixture.path("text/tokenizer/\(merges).txt"))
    }

    private func check(_ name: String, _ tokenizer: CLIPTokenizer) throws {
        var tokenizer = tokenizer
        let cases = try Self.cases(name)
        #expect(cases.count >= 18)
        for example in cases {
            #expect(tokenizer.ids(of: example.text) == example.ids, "\(example.text.debugDescription)")
            // From the cache.
            #expect(tokenizer.ids(of: example.text) == example.ids)
        }
    }

    @Test(arguments: [("vocab", "merges"), ("vocab", "merges_shuffled"), ("vocab_partial", "merges_partial")])
    func givesTheIDsOfTransformers(vocab: String, merges: String) throws {
        try check(merges, CLIPTokenizer(try Self.vocabulary(vocab, merges)))
    }

    @Test func readsOpenAIsFormToTheSameIDs() throws {
        let vocabulary = try BytePairVocabulary.openAI(
            Fixture.path("text/tokenizer/openai.txt.gz"), tokenCount: 1014)
        #expect(vocabulary.tokenCount == 1014)
        #expect(vocabulary.endOfText == 1013)
        try check("merges", CLIPTokenizer(vocabulary))
    }

    @Test func readsBothFormsOfTokenizerJSON() throws {
        for name in ["tokenizer", "tokenizer_old"] {
            let vocabulary = try BytePairVocabulary.tokenizer(Fixture.path("text/tokenizer/\(name).json"))
            #expect(vocabulary.startOfText == 6)
            var tokenizer = CLIPTokenizer(vocabulary)
            // "a" + "b</w>" merge; "ba" has no merge.
            #expect(tokenizer.ids(of: "ab ba") == [6, 4, 1, 2, 7])
        }
    }

    @Test func resolvesReferencesAsPythonDoesWhereAsked() throws {
        try check("references", CLIPTokenizer(try Self.vocabulary("vocab", "merges"), cleaning: .unescapingHTML))
        var plain = CLIPTokenizer(try Self.vocabulary("vocab", "merges"))
        #expect(plain.ids(of: "&lt;") != plain.ids(of: "<"))
    }

    @Test func emptyTextIsStartAndEnd() throws {
        var tokenizer = CLIPTokenizer(try Self.vocabulary("vocab", "merges"))
        #expect(tokenizer.ids(of: "") == [1012, 1013])
        #expect(tokenizer.ids(of: " \t\u{3000} ") == [1012, 1013])
    }

    @Test func takesAWordOfManyThousandBytes() throws {
        var tokenizer = CLIPTokenizer(try Self.vocabulary("vocab", "merges"))
        let ids = tokenizer.ids(of: String(repeating: "!", count: 20_000))
        #expect(ids.count == 20_002)
        #expect(ids[1] == 0)
        #expect(ids[20_000] == 256)
    }
}

@Suite struct VocabularyFileTests {
    private let folder = TemporaryFolder()
    private static let symbols = Fixture.path("text/tokenizer/vocab.json")
    private static let merges = Fixture.path("text/tokenizer/merges.txt")

    private static let smallVocabulary = """
        {"e": 0, "t": 1, "et": 2, "<|startoftext|>": 3, "<|endoftext|>": 4}
        """

    private func write(_ text: String, _ name: String) throws -> String {
        let path = folder.file(name)
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        return path
    }

    private func expectError(_ message: String, from body: () throws -> BytePairVocabulary) {
        #expect { try body() } throws: { error in
            error is VocabularyError && "\(error)".contains(message)
        }
    }

    @Test func namesTheFileThatIsMissing() {
        expectError("/nowhere/vocab.json: cannot be opened") {
            try .huggingFace(vocab: "/nowhere/vocab.json", merges: Self.merges)
        }
        expectError("/nowhere.gz: cannot be opened") { try .openAI("/nowhere.gz") }
    }

    @Test func namesTheLineThatIsNoMerge() throws {
        let path = try write("#version: 0.2\na b\na  b\n", "merges.txt")
        expectError("line 3 is not two symbols") { try .huggingFace(vocab: Self.symbols, merges: path) }
        let openAI = try write("header\na b\nb\n", "list.txt")
        expectError("line 3 is not two symbols") { try .openAI(openAI) }
    }

    @Test func namesTheMergeThatDoesNotFit() throws {
        let path = try write("e t\nzz qq\n", "merges.txt")
        let vocab = try write(Self.smallVocabulary, "vocab.json")
        expectError("merge 2 is 'zz qq'") { try .huggingFace(vocab: vocab, merges: path) }
    }

    @Test func wantsTheSpecialTokensAndWholeNumbers() throws {
        let merges = try write("#version: 0.2\n", "merges.txt")
        let vocab = try write("{\"e\": 0}", "vocab.json")
        expectError("has no token <|startoftext|>") { try .huggingFace(vocab: vocab, merges: merges) }
        let fractions = try write("{\"e\": 0.5}", "fractions.json")
        expectError("is not a JSON object of tokens") { try .huggingFace(vocab: fractions, merges: merges) }
        expectError("is not a tokenizer.json") { try .tokenizer(vocab) }
        let negative = try write("{\"<|startoftext|>\": -3, \"<|endoftext|>\": 4}", "negative.json")
        expectError("has a negative id") { try .huggingFace(vocab: negative, merges: merges) }
    }

    @Test func refusesATruncatedArchive() throws {
        let whole = try Data(contentsOf: URL(filePath: Fixture.path("text/tokenizer/openai.txt.gz")))
        let path = folder.file("cut.txt.gz")
        try whole.prefix(whole.count / 2).write(to: URL(filePath: path))
        expectError("is not a whole gzip file") { try .openAI(path) }
    }

    @Test func linesMayEndAsOnWindows() throws {
        let path = try write("#version: 0.2\r\ne t\r\n", "merges.txt")
        let vocab = try write(Self.smallVocabulary, "vocab.json")
        #expect(try BytePairVocabulary.huggingFace(vocab: vocab, merges: path).tokenCount == 5)
    }

    /// The vocabulary of the fixtures as a `tokenizer.json` with this list of merges.
    private func tokenizerFile(_ merges: [String]) throws -> String {
        let ids = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: Self.symbols)))
        let document: [String: Any] = ["model": ["vocab": ids, "merges": merges], "added_tokens": [] as [Any]]
        let path = folder.file("tokenizer.json")
        try JSONSerialization.data(withJSONObject: document).write(to: URL(filePath: path))
        return path
    }

    /// With fewer merges every text would get other ids, and nothing else would show it.
    @Test(arguments: [0, 1, 250, 499])
    func aListOfMergesThatIsCutIsRefusedInEveryForm(kept: Int) throws {
        let lines = try String(contentsOfFile: Self.merges, encoding: .utf8).split(separator: "\n")
        let merges = lines.dropFirst().prefix(kept).map(String.init)
        let path = try write((["#version: 0.2"] + merges).joined(separator: "\n"), "cut.txt")
        let message = "has \(kept) merges, of which none makes \(500 - kept) of the 1014 tokens in"
        expectError(message) { try .huggingFace(vocab: Self.symbols, merges: path) }
        expectError(message) { try .tokenizer(try tokenizerFile(merges)) }
        let list = try write((["header"] + merges).joined(separator: "\n"), "list.txt")
        expectError("has \(kept) merges, a vocabulary of 1014 tokens takes 500: the file is cut") {
            try .openAI(list, tokenCount: 1014)
        }
        expectError("a vocabulary of 49408 tokens takes 48894") { try .openAI(list) }
    }

    @Test func anEmptyFileIsNoListOfMerges() throws {
        let path = try write("", "empty.txt")
        expectError("has 0 merges, of which none makes 500 of") { try .huggingFace(vocab: Self.symbols, merges: path) }
        expectError("has 0 merges") { try .openAI(path) }
    }

    @Test func aMergeThatIsMissingInTheMiddleOrStandsTwiceIsNamed() throws {
        var lines = try String(contentsOfFile: Self.merges, encoding: .utf8).split(separator: "\n").map(String.init)
        let gone = lines.remove(at: 300).replacing(" ", with: "")
        let path = try write(lines.joined(separator: "\n"), "merges.txt")
        expectError("of which none makes 1 of the 1014 tokens in \(Self.symbols), as '\(gone)'") {
            try .huggingFace(vocab: Self.symbols, merges: path)
        }
        let twice = try write("e t\ne t\n", "twice.txt")
        let vocab = try write(Self.smallVocabulary, "vocab.json")
        expectError("merge 2, 'e t', stands there twice") { try .huggingFace(vocab: vocab, merges: twice) }
    }

    @Test func tokensThatShareAnIDAreNamed() throws {
        let vocab = try write("{\"e\": 0, \"t\": 0, \"<|startoftext|>\": 3, \"<|endoftext|>\": 4}", "vocab.json")
        expectError("gives 'e' and 't' the same id 0") {
            try .huggingFace(vocab: vocab, merges: try write("", "merges.txt"))
        }
    }
}
