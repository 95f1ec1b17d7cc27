import Foundation
import Testing
import WeightFiles
import _TestSupport

/// Files that PyTorch wrote, in both of its forms.
@Suite struct TorchFileTests {
    private func open(_ name: String) throws -> any TensorFile {
        try WeightsFile.open(Fixture.path("torch/\(name)"))
    }

    /// Every element type, views, shared storages, a scalar and an empty tensor, below wrappers and beside other data.
    @Test(arguments: ["kinds.pth", "kinds_legacy.pth"])
    func readsWhatPyTorchWrote(name: String) throws {
        let (file, expected) = (try open(name), try open("kinds.safetensors"))
        #expect(expected.names.count == 18)
        for name in expected.names {
            let (own, other) = (try file.entry(name), try expected.entry(name))
            #expect(own == other)
            if own.type.isFloatingPoint {
                #expect(try file.floats(name) == expected.floats(name), "\(name)")
            } else {
                #expect(try file.integers(name) == expected.integers(name), "\(name)")
            }
        }
        // The averages of the optimiser, which had made no step, are none.
        #expect(Set(file.names) == Set(expected.names))
    }

    @Test(arguments: ["kinds.pth", "kinds_legacy.pth"])
    func readsSlicesOfDenseAndStridedTensors(name: String) throws {
        let file = try open(name)
        for name in ["single", "transposed", "strided", "expanded", "half"].map({ "state_dict.\($0)" }) {
            let all = try file.floats(name)
            #expect(try file.floats(name, elements: 1..<all.count) == Array(all[1...]))
            #expect(try file.floats(name, elements: 1..<1) == [])
        }
        #expect(try file.floats("state_dict.expanded") == [1.5, 1.5, 1.5, -2, -2, -2])
        #expect(throws: WeightsError.self) { try file.integers("state_dict.single") }
        #expect(throws: WeightsError.self) { try file.floats("state_dict.int8") }
        #expect { try file.floats("nothing") } throws: { "\($0)".contains("is not in the file, which has 18 tensors") }
    }

    @Test(arguments: [
        ("module.pth", "is an object of the class torch.nn.modules.linear.Linear and not a dictionary of tensors"),
        ("function.pth", "makes a tensor by __main__.unknown_function, which is not known"),
        ("hostile.pth", ".system, which runs programs: it is no file of weights; nothing was run"),
        ("script.pt", "is a TorchScript program (it holds script/code/"),
    ])
    func refusesByNameWhatWouldHaveToBeRun(name: String, message: String) throws {
        #expect { try open(name) } throws: { error in
            "\(error)".hasPrefix(Fixture.path("torch/\(name)")) && "\(error)".contains(message)
        }
    }
}

/// Pickles by hand, of the legacy form.
@Suite struct PickleTests {
    private let folder = TemporaryFolder()
    private static let magic: [UInt8] = [
        0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    private static let version: [UInt8] = [0x80, 2, 0x4D, 0xE9, 3, 0x2E]

    /// A file whose value is this pickle, without storages.
    private func open(_ pickle: [UInt8]) throws -> any TensorFile {
        let path = folder.file("w.pth")
        let bytes = Self.magic + Self.version + Array("}.".utf8) + pickle + Array("].".utf8)
        try Data(bytes).write(to: URL(filePath: path))
        return try WeightsFile.open(path)
    }

    private func message(_ pickle: String) throws -> String { try message(Array(pickle.utf8)) }

    private func message(_ pickle: [UInt8]) throws -> String {
        try #require(throws: WeightsError.self) { try open(pickle) }.description
    }

    @Test(arguments: [
        "cos\nsystem\n(S'true'\ntR.", "cposix\nsystem\n(S'true'\ntR.", "csubprocess\nPopen\n(S'true'\ntR.",
        "cbuiltins\neval\n(S'1'\ntR.", "c__builtin__\nexec\n(S'1'\ntR.", "(ios\nsystem\n.", "(cos\nsystem\no.",
        "cimportlib\nimport_module\n(S'os'\ntR.", "ctypes\nCodeType\n)R.", "cmarshal\nloads\n)R.",
        "}S'x'\ncruncode\nf\n)Rs}S'y'\ncsys\nexit\n)Rs.",
    ]) func callsThatRunProgramsAreRefusedByNameWhereverTheyStand(pickle: String) throws {
        let text = try message(pickle)
        #expect(text.contains("which runs programs") && text.contains("calls "), "\(text)")
    }

    @Test func damagedPicklesAreRefused() throws {
        let pickles = [
            "", "(", "t.", ".", "h\u{5}.", "0.", "R.", "b.", "s.", "u.", "}a.", "]s.", "\u{1}.", "Q.", "(t0t.",
        ]
        for pickle in pickles {
            #expect(try message(pickle).contains("its pickle "), "\(pickle)")
        }
        // Lengths far beyond the file.
        for start in [[0x58], [0x8D], [0x8E], [0x8B], [0x42]] as [[UInt8]] {
            #expect(try message(start + [255, 255, 255, 255, 255, 255, 255, 127]).contains("ends early"))
        }
    }

    @Test func containersThatHoldThemselvesOrEachOtherWithoutEndAreRefused() throws {
        // A list in itself.
        #expect(try message("]q\u{0}h\u{0}a.").contains("nests its values without end"))
        // Each of 40 lists holds the one before it twice.
        var bomb = Array("]q".utf8) + [0]
        for index in 0..<40 as Range<UInt8> {
            bomb += Array("](h".utf8) + [index] + Array("h".utf8) + [index] + Array("eq".utf8) + [index + 1]
        }
        #expect(try message(bomb + Array(".".utf8)).contains("nests its values without end"))
        // A hundred thousand lists, one in the other: no recursion may follow them.
        let deep = [UInt8](repeating: UInt8(ascii: "]"), count: 100_000)
            + [UInt8](repeating: UInt8(ascii: "a"), count: 99_999) + Array(".".utf8)
        #expect(try message(deep).contains("nests its values without end"))
    }

    /// A storage as PyTorch names it: `("storage", torch.FloatStorage, key, "cpu", count)`.
    private func storage(_ key: Int, count: String) -> String {
        "(S'storage'\nctorch\nFloatStorage\nS'\(key)'\nS'cpu'\nL\(count)L\ntQ"
    }

    @Test func aStorageOfTwoLengthsIsRefused() throws {
        let text = try message("}S'a'\n\(storage(0, count: "4"))sS'b'\n\(storage(0, count: "4611686018427387904"))s.")
        #expect(text.contains("names the storage '0' with two lengths or types"), "\(text)")
    }

    /// Copies of one long list cost the file three bytes each.
    @Test func listsThatAreCopiedOverAndOverAreRefused() throws {
        let long = "]q\u{0}(" + String(repeating: "I1\n", count: 10_000) + "e"
        let copies = String(repeating: "ccollections\nOrderedDict\n(h\u{0}tR0", count: 1000)
        #expect(try message("}\(long)0\(copies).").contains("values: it is no file of weights"))
    }

    @Test func objectsOfUnknownClassesBesideNoTensorAreNamed() throws {
        #expect(try message("}S'a'\ncfoo\nBar\n)\u{81}s.").contains("its pickle "))
        #expect(try message(Array("}S'a'\ncfoo\nBar\n)R".utf8) + Array("s.".utf8)).contains("foo.Bar"))
    }
}

/// Damaged copies of files: each is read, or refused with a sentence.
@Suite struct DamagedTorchFileTests {
    private let folder = TemporaryFolder()

    @Test(arguments: ["kinds.pth", "kinds_legacy.pth", "mit_mmseg.pth"])
    func everyDamageIsReadOrRefused(name: String) throws {
        let whole = [UInt8](try Data(contentsOf: URL(filePath: Fixture.path("torch/\(name)"))))
        var random = SystemRandom(seed: 7)
        var refused = 0
        let path = folder.file(name)
        for number in 0..<1200 {
            var bytes = whole
            switch number % 4 {
            case 0: bytes[random.below(bytes.count)] = UInt8(random.below(256))
            case 1: bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
            case 2: bytes.removeLast(1 + random.below(bytes.count - 1))
            default:
                let (start, length) = (random.below(bytes.count - 64), 1 + random.below(64))
                let from = random.below(bytes.count - 64)
                bytes.replaceSubrange(start..<start + length, with: whole[from..<from + length])
            }
            try Data(bytes).write(to: URL(filePath: path))
            do throws(WeightsError) {
                let file = try WeightsFile.open(path)
                for name in file.names {
                    let entry = try file.entry(name)
                    if entry.type.isFloatingPoint { _ = try file.floats(name) } else { _ = try file.integers(name) }
                }
            } catch {
                #expect(error.description.hasPrefix(path))
                refused += 1
            }
        }
        #expect(refused > 400)
    }

    /// In the zip form every byte of a value is under a checksum.
    @Test func aChangedValueIsFoundByItsChecksum() throws {
        let file = try WeightsFile.open(Fixture.path("torch/kinds.pth"))
        let values = try file.floats("state_dict.single")
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: Fixture.path("torch/kinds.pth"))))
        let stored = values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
        let place = try #require((0..<bytes.count - stored.count).first { bytes[$0...].starts(with: stored) })
        bytes[place + 5] ^= 1
        let path = folder.file("changed.pth")
        try Data(bytes).write(to: URL(filePath: path))
        #expect { try WeightsFile.open(path).floats("state_dict.single") } throws: { error in
            "\(error)".contains("data/") && "\(error)".contains("has changed since it was written")
        }
    }
}

/// Numbers for the places of damage.
private struct SystemRandom {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }
}
