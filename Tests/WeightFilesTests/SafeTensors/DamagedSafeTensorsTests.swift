import Glibc
import Testing
import WeightFiles
import _TestSupport

/// Files that must be refused, each with the words that must be in the message.
@Suite struct DamagedSafeTensorsTests {
    private let folder = TemporaryFolder()

    /// Writes a file from a header text and a number of zero bytes, and opens it.
    private func open(_ header: String, dataBytes: Int, claimedLength: UInt64? = nil) throws -> SafeTensorsFile {
        let path = folder.file("damaged.safetensors")
        var bytes = (0..<8).map { UInt8(truncatingIfNeeded: (claimedLength ?? UInt64(header.utf8.count)) >> (8 * $0)) }
        bytes += Array(header.utf8) + [UInt8](repeating: 0, count: dataBytes)
        let file = try #require(fopen(path, "w"))
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
        return try SafeTensorsFile(path)
    }

    private func message(_ header: String, dataBytes: Int = 0, claimedLength: UInt64? = nil) throws -> String {
        let error = try #require(throws: WeightsError.self) {
            try open(header, dataBytes: dataBytes, claimedLength: claimedLength)
        }
        return error.description
    }

    private func tensor(_ name: String, _ shape: String, _ offsets: String, type: String = "F32") -> String {
        "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
    }

    @Test func acceptsTheEmptyFile() throws {
        #expect(try open("{}", dataBytes: 0).names == [])
    }

    @Test(arguments: [UInt64.max, 1 << 62, 100_000_001, 3])
    func refusesAHeaderLongerThanTheFile(length: UInt64) throws {
        #expect(try message("{}", claimedLength: length).contains("claims a header of \(length) bytes"))
    }

    @Test(arguments: [
        "", "[]", "{", "{\"a\"}", "{\"a\":1}", "{}x", "{\"a\":{}}", "{\"a\":{\"dtype\":\"F32\"}}", "{\"a\\q\":{}}",
        "{\"\\ud800\":{}}", "{\"a", "{\"__metadata__\":{\"a\":1}}", "{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[01],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"more\":1}}",
        "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
    ])
    func refusesWhatIsNotAHeader(header: String) throws {
        #expect(try message(header, dataBytes: 4).contains("header is not valid at byte"))
    }

    @Test func refusesTwoTensorsOfOneName() throws {
        let entry = tensor("a", "[1]", "[0,4]")
        #expect(try message("{\(entry),\(entry)}", dataBytes: 4).contains("key 'a' appears twice"))
    }

    @Test func refusesUnknownElementTypes() throws {
        let text = try message("{\(tensor("a", "[1]", "[0,8]", type: "C64"))}", dataBytes: 8)
        #expect(text.contains("tensor 'a': element type 'C64' is not supported; convert it to one of F64, F32"))
    }

    @Test func refusesShapesThatDisagreeWithTheirBytes() throws {
        let short = try message("{\(tensor("a", "[2]", "[0,4]"))}", dataBytes: 4)
        #expect(short.contains("shape [2] of F32 needs 8 bytes"))
        #expect(try message("{\(tensor("a", "[1]", "[4,0]"))}", dataBytes: 4).contains("disagree"))
        let overflow = tensor("a", "[4294967296,4294967296]", "[0,4]")
        #expect(try message("{\(overflow)}", dataBytes: 4).contains("overflows"))
    }

    @Test func refusesTruncatedData() throws {
        let text = try message("{\(tensor("a", "[4]", "[0,16]"))}", dataBytes: 15)
        #expect(text.contains("tensor 'a': ends at byte 16 of 15: the file is truncated"))
    }

    @Test func refusesOverlapsHolesAndRests() throws {
        let first = tensor("a", "[2]", "[0,8]")
        #expect(try message("{\(first),\(tensor("b", "[2]", "[4,12]"))}", dataBytes: 12).contains("overlaps"))
        #expect(try message("{\(first),\(tensor("b", "[1]", "[12,16]"))}", dataBytes: 16).contains("leaves a hole"))
        #expect(try message("{\(first)}", dataBytes: 9).contains("1 bytes after the last tensor"))
    }

    @Test func namesFileAndRemedyWhereThereIsNone() throws {
        let error = try #require(throws: WeightsError.self) { try SafeTensorsFile("/nowhere/w.safetensors") }
        #expect(error.description.contains("/nowhere/w.safetensors: cannot be opened"))
        #expect(throws: WeightsError.self) { try SafeTensorsFile(folder.path) }
    }

    @Test func namesTheTensorThatIsMissingOrOfAnotherType() throws {
        let file = try open("{\(tensor("a", "[1]", "[0,4]", type: "I32"))}", dataBytes: 4)
        let missing = WeightsError(.missing, file: file.path, tensor: "b", "is not in the file, which has 1 tensors")
        #expect(throws: missing) { try file.floats("b") }
        let error = try #require(throws: WeightsError.self) { try file.floats("a") }
        #expect(error.code == .wrongType && error.tensor == "a")
    }
}
