import Glibc
import Testing
import WeightFiles
import _TestSupport

@Suite struct SafeTensorsTests {
    private let folder = TemporaryFolder()

    private func reference() throws -> SafeTensorsFile {
        try SafeTensorsFile(Fixture.path("nn/dtypes.safetensors"))
    }

    @Test(arguments: ["half", "brain", "single", "double"])
    func readsEveryFloatingType(name: String) throws {
        let file = try reference()
        let expected: [Float] = [0, -1.5, 3.25, name == "brain" ? 65536 : 65504, 0x1p-14, -0.0]
        #expect(try file.floats(name) == expected)
        #expect(try file.entry(name).shape == [2, 3])
    }

    @Test func readsEveryIntegerType() throws {
        let file = try reference()
        #expect(try file.integers("i64") == [-7, 0, 100].map { $0 << 40 })
        for name in ["i32", "i16", "i8"] { #expect(try file.integers(name) == [-7, 0, 100]) }
        #expect(try file.integers("u8") == [0, 7, 255])
        #expect(try file.integers("bool") == [1, 0, 1])
    }

    @Test func readsScalarsEmptyTensorsEscapesAndMetadata() throws {
        let file = try reference()
        #expect(try file.floats("scalar") == [2.5])
        #expect(try file.entry("scalar").shape == [])
        #expect(try file.floats("empty") == [])
        #expect(try file.entry("empty").shape == [0, 4])
        #expect(try file.floats("name \"quoted\" é") == [1, 1])
        #expect(file.metadata == ["format": "pt", "note": "line\nbreak"])
        #expect(file.names.count == 13)
    }

    @Test func readsSlices() throws {
        let file = try reference()
        for name in ["single", "double", "half"] { #expect(try file.floats(name, elements: 1..<3) == [-1.5, 3.25]) }
        #expect(try file.floats("single", elements: 6..<6) == [])
        #expect(try file.integers("i16", elements: 2..<3) == [100])
    }

    @Test func convertsTensorsLongerThanOneChunk() throws {
        let path = folder.file("long.safetensors")
        let count = 65_536 * 2 + 5
        // 0.5 is 0x3F00 and 1 is 0x3F80 in bfloat16, low byte first.
        let bytes = (0..<2 * count).map { index -> UInt8 in
            if index % 2 == 1 { return 0x3F }
            return index / 2 % 2 == 0 ? 0x00 : 0x80
        }
        try SafeTensorsWriter.write(path, [SafeTensorsItem("x", shape: [count], type: .bfloat16, bytes: bytes)])
        let values = try SafeTensorsFile(path).floats("x")
        #expect(values == (0..<count).map { $0 & 1 == 0 ? 0.5 : 1.0 })
    }

    @Test func returnsWhatWasWritten() throws {
        let path = folder.file("round.safetensors")
        try SafeTensorsWriter.write(
            path,
            [
                SafeTensorsItem("b", shape: [2, 2], floats: [1, 2, 3, .infinity]),
                SafeTensorsItem("a", shape: [0], floats: []),
                SafeTensorsItem("n", shape: [], integers: [-3]),
                SafeTensorsItem("u\"\\\n", shape: [3], type: .uint8, bytes: [1, 2, 3]),
            ], metadata: ["format": "pt", "origin": "täst"])
        let file = try SafeTensorsFile(path)
        #expect(file.names == ["n", "a", "b", "u\"\\\n"])
        #expect(try file.floats("b") == [1, 2, 3, .infinity])
        #expect(try file.integers("n") == [-3])
        #expect(try file.bytes("u\"\\\n") == [1, 2, 3])
        #expect(file.metadata == ["format": "pt", "origin": "täst"])
    }

    @Test func halvesAreTheNearestAndReadBack() throws {
        let path = folder.file("halves")
        let values: [Float] = [0.1, -1.5, 65504, 0x1p-24, 1e-9, .infinity, 2049, 65519]
        try SafeTensorsWriter.write(
            path,
            [SafeTensorsItem("x", shape: [2, 4], halves: values), SafeTensorsItem("y", shape: [1], floats: [0.1])])
        let file = try SafeTensorsFile(path)
        #expect(try file.entry("x").type == .float16)
        #expect(try file.floats("x") == [0x1.998p-4, -1.5, 65504, 0x1p-24, 0, .infinity, 2048, 65504])
        #expect(try file.floats("y") == [0.1])
    }

    @Test func whatIsBeyondHalvesIsNamedAndTheOldFileKept() throws {
        let path = folder.file("kept")
        try SafeTensorsWriter.write(path, [SafeTensorsItem("a", shape: [1], floats: [1])])
        let error = #expect(throws: WeightsError.self) {
            try SafeTensorsWriter.write(path, [SafeTensorsItem("a.b", shape: [2], halves: [1, -65520])])
        }
        #expect(
            error?.description
                == "\(path): tensor 'a.b': holds -65520.0, beyond the largest number of F16, 65504; write it as F32")
        #expect(try SafeTensorsFile(path).floats("a") == [1])
    }

    @Test func equalContentGivesEqualBytesInAnyOrder() throws {
        let items = [
            SafeTensorsItem("b", shape: [1], floats: [1]), SafeTensorsItem("a", shape: [1], floats: [2]),
        ]
        try SafeTensorsWriter.write(folder.file("1"), items, metadata: ["x": "1", "y": "2"])
        try SafeTensorsWriter.write(folder.file("2"), items.reversed(), metadata: ["y": "2", "x": "1"])
        #expect(try readBytes(folder.file("1")) == readBytes(folder.file("2")))
    }

    @Test func valuesBeginAtAMultipleOfEightBytes() throws {
        for length in 1...9 {
            let name = String(repeating: "x", count: length)
            try SafeTensorsWriter.write(folder.file(name), [SafeTensorsItem(name, shape: [1], integers: [1])])
            #expect(try readBytes(folder.file(name)).count % 8 == 0)
        }
    }

    @Test func aFailedWriteLeavesTheOldFile() throws {
        let path = folder.file("kept")
        try SafeTensorsWriter.write(path, [SafeTensorsItem("a", shape: [1], floats: [1])])
        #expect(throws: WeightsError.self) {
            try SafeTensorsWriter.write("\(path)/below", [SafeTensorsItem("a", shape: [1], floats: [2])])
        }
        #expect(try SafeTensorsFile(path).floats("a") == [1])
    }
}

/// Whole contents of a small file.
func readBytes(_ path: String) throws -> [UInt8] {
    let file = try #require(fopen(path, "r"))
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes.prefix(count))
}
