import Basics
import Testing

@Suite struct JSONScannerTests {
    private func scan<Value>(
        _ text: String, _ body: (inout JSONScanner) throws(JSONError) -> Value
    ) throws -> Value {
        try Array(text.utf8).withUnsafeBufferPointer { bytes in
            var scanner = JSONScanner(bytes)
            let value = try body(&scanner)
            try scanner.end()
            return value
        }
    }

    private func failure(_ text: String, _ body: (inout JSONScanner) throws(JSONError) -> Void) -> String {
        do {
            try scan(text, body)
            return "nothing"
        } catch {
            return "\(error)"
        }
    }

    @Test func membersAndElementsComeInOrder() throws {
        var (keys, numbers): ([String], [Int]) = ([], [])
        try scan(" {\"a\": [1, 2,3], \"b\" :{}, \"c\": [ ], \"\\u0064\": null}\n") { scanner throws(JSONError) in
            try scanner.object { scanner, key throws(JSONError) in
                keys.append(key)
                if key == "a" {
                    try scanner.array { scanner throws(JSONError) in numbers.append(try scanner.integer()) }
                } else {
                    try scanner.skip()
                }
            }
        }
        #expect(keys == ["a", "b", "c", "d"] && numbers == [1, 2, 3])
    }

    @Test func numbersAreWholeOrNot() throws {
        for (text, value) in [
            ("0", 0), ("-12", -12), ("7.0", 7), ("1e3", 1000), ("123456789012345678", 123_456_789_012_345_678),
        ] {
            #expect(try scan(text) { scanner throws(JSONError) in try scanner.integer() } == value)
        }
        #expect(try scan("-0.25") { scanner throws(JSONError) in try scanner.number() } == -0.25)
        #expect(
            failure("1.5") { scanner throws(JSONError) in _ = try scanner.integer() }.contains("1.5 is no whole number")
        )
        #expect(
            failure("1e30") { scanner throws(JSONError) in _ = try scanner.integer() }.contains("is no whole number"))
        #expect(failure("-") { scanner throws(JSONError) in _ = try scanner.integer() }.contains("'-' is no number"))
        #expect(
            failure("NaN") { scanner throws(JSONError) in _ = try scanner.number() }.contains(
                "no value begins like this"))
        #expect(try scan("17") { scanner throws(JSONError) in try scanner.scalarText() } == "17")
    }

    @Test func textsHaveTheirEscapes() throws {
        let text = #""a\"b\\\/\n\té 😀 \u00e9 \ud83d\ude00""#
        #expect(
            try scan(text) { scanner throws(JSONError) in try scanner.string() } == "a\"b\\/\n\té 😀 é 😀")
        for wrong in [#""\ud83d""#, #""\x""#, #""\u12"#, "\"a\nb\"", "\"a"] {
            #expect(failure(wrong) { scanner throws(JSONError) in _ = try scanner.string() } != "nothing")
        }
    }

    @Test func errorsSayLineAndByte() {
        let text = "{\"a\": 1,\n \"b\" 2}"
        #expect(
            failure(text) { scanner throws(JSONError) in try scanner.skip() }
                == "line 2, byte 14: a colon is expected after the key 'b'")
        let skip = { (scanner: inout JSONScanner) throws(JSONError) in try scanner.skip() }
        #expect(failure("{\"a\": [1, 2", skip).hasSuffix("the file ends early"))
        #expect(failure("{} {}", skip).hasSuffix("something follows after the end"))
        #expect(failure("[1 2]", skip).hasSuffix("a comma or ] is expected"))
        #expect(failure("{a: 1}", skip).hasSuffix("a key in quotes is expected"))
        #expect(failure("", skip).hasSuffix("the file ends early"))
        #expect(failure("tru", skip).hasSuffix("true or false is expected"))
        #expect(
            failure("3") { scanner throws(JSONError) in _ = try scanner.string() }
                .hasSuffix("a text is expected, not a number"))
        #expect(failure(String(repeating: "[", count: 100_000), skip).contains("nested more than 128 deep"))
    }
}
