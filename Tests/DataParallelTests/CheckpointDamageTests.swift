import Basics
import Collectives
import DataParallel
import Foundation
import TensorEngine
import Testing
import WeightFiles

/// Whatever happens to the files of a checkpoint: it is used as it was saved, or not at all.
@Suite struct CheckpointDamageTests {
    /// Two checkpoints with other numbers.
    private func withTwo(_ body: (CheckpointFolder) throws -> Void) throws {
        try withFolder { folder in
            try CheckpointTests.save(folder, step: 100, ranks: 2, scale: 0.5)
            try CheckpointTests.save(folder, step: 200, ranks: 2, scale: 0.1)
            try body(folder)
        }
    }

    /// Everything a checkpoint says.
    private struct Content: Equatable {
        let step: Int
        let state: [String: String]
        let weights: [Float]
        let ema: [Float]

        init(_ checkpoint: Checkpoint) throws {
            step = checkpoint.step
            state = checkpoint.state
            weights = try checkpoint.floats("weights")
            ema = try checkpoint.floats("ema")
        }
    }

    private func newest(_ folder: CheckpointFolder) throws -> (content: Content, skipped: [String]) {
        let (checkpoint, skipped) = try folder.newestWhole(group: SingleProcessGroup())
        return (try Content(try #require(checkpoint)), skipped)
    }

    /// Every bit of the index, and of every byte of the shards one.
    @Test(arguments: ["index.json", "shard-0.safetensors", "shard-1.safetensors"])
    func noFlippedBitIsTakenForTheNewest(name: String) throws {
        try withTwo { folder in
            let path = "\(folder.path(ofStep: 200))/\(name)"
            let whole = try Data(contentsOf: URL(filePath: path))
            let older = try Content(Checkpoint.verified(folder.path(ofStep: 100), group: SingleProcessGroup()))
            let bits = name == "index.json" ? Array(0..<8) : [5]
            for index in whole.indices {
                for bit in bits {
                    var damaged = whole
                    damaged[index] ^= 1 << bit
                    try damaged.write(to: URL(filePath: path))
                    let error = #expect(throws: CheckpointError.self, "byte \(index), bit \(bit)") {
                        try Checkpoint.verified(folder.path(ofStep: 200), group: SingleProcessGroup())
                    }
                    try #require(error?.code == .damaged)
                }
                guard index % 20 == 0 else { continue }
                let found = try newest(folder)
                try #require(found.content == older, "byte \(index)")
                try #require(found.skipped.count == 1)
            }
        }
    }

    @Test(arguments: ["index.json", "shard-1.safetensors"]) func noLengthIsTakenForTheWhole(name: String) throws {
        try withTwo { folder in
            let path = "\(folder.path(ofStep: 200))/\(name)"
            let whole = try Data(contentsOf: URL(filePath: path))
            for length in 0..<whole.count {
                try whole.prefix(length).write(to: URL(filePath: path))
                try #require(try newest(folder).content.step == 100, "\(length) bytes")
            }
            try (whole + Data([0])).write(to: URL(filePath: path))
            #expect(try newest(folder).content.step == 100)
            try whole.write(to: URL(filePath: path))
            #expect(try newest(folder).content.step == 200)
        }
    }

    enum Change: CaseIterable {
        case swappedShards, shardOfAnother, indexOfAnother, folderOfAnother, shardIsFolder, indexIsFolder, file,
            emptyFolder

        func apply(_ folder: CheckpointFolder) throws {
            let (path, files) = (folder.path(ofStep: 200), FileManager.default)
            func move(_ from: String, _ to: String) throws {
                try? files.removeItem(atPath: to)
                try files.moveItem(atPath: from, toPath: to)
            }
            switch self {
            case .swappedShards:
                try move("\(path)/shard-0.safetensors", "\(path)/x")
                try move("\(path)/shard-1.safetensors", "\(path)/shard-0.safetensors")
                try move("\(path)/x", "\(path)/shard-1.safetensors")
            case .shardOfAnother, .indexOfAnother:
                let name = self == .shardOfAnother ? "shard-0.safetensors" : "index.json"
                try files.removeItem(atPath: "\(path)/\(name)")
                try files.copyItem(atPath: "\(folder.path(ofStep: 100))/\(name)", toPath: "\(path)/\(name)")
            case .folderOfAnother:
                try files.removeItem(atPath: path)
                try files.createSymbolicLink(atPath: path, withDestinationPath: "step-000100")
            case .shardIsFolder, .indexIsFolder:
                let name = self == .shardIsFolder ? "shard-0.safetensors" : "index.json"
                try files.removeItem(atPath: "\(path)/\(name)")
                try files.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: false)
            case .file, .emptyFolder:
                try files.removeItem(atPath: path)
                if self == .file { try Data([1]).write(to: URL(filePath: path)) }
                if self == .emptyFolder { try files.createDirectory(atPath: path, withIntermediateDirectories: false) }
            }
        }
    }

    @Test(arguments: Change.allCases) func whatIsMovedAboutIsDamage(change: Change) throws {
        try withTwo { folder in
            try change.apply(folder)
            let found = try newest(folder)
            #expect(found.content.step == 100)
            #expect(found.skipped.first?.hasPrefix("step-000200 is damaged and not used: \(folder.path)") == true)
        }
    }

    @Test func whatIsNoPartOfItDoesNotMatter() throws {
        try withTwo { folder in
            let path = folder.path(ofStep: 200)
            try Data([1]).write(to: URL(filePath: "\(path)/notes.txt"))
            try FileManager.default.moveItem(atPath: path, toPath: "\(folder.path)-elsewhere")
            defer { try? FileManager.default.removeItem(atPath: "\(folder.path)-elsewhere") }
            try FileManager.default.createSymbolicLink(
                atPath: path, withDestinationPath: "\(folder.path)-elsewhere")
            for name in [
                "step-10", "step-9999999999999999999999", "step-000300.old", "step--00001", "step-000300.partial",
            ] {
                try FileManager.default.createDirectory(
                    atPath: "\(folder.path)/\(name)", withIntermediateDirectories: false)
            }
            let found = try newest(folder)
            #expect(found.content.step == 200)
            #expect(found.skipped.isEmpty)
            #expect(
                try folder.strangers() == ["step--00001", "step-000300.old", "step-10", "step-9999999999999999999999"])
        }
    }
}

/// An index with the right checksum may still say what cannot be.
@Suite struct CheckpointIndexTests {
    @Test(arguments: [
        ("\"step\" : 100", "\"step\" : -1", "the step -1 is out of range"),
        ("\"step\" : 100", "\"step\" : 9223372036854775807", "is out of range"),
        ("\"step\" : 100", "\"step\" : 99999999999999999999", "is not an index"),
        ("\"step\" : 100", "\"step\" : 101", "is the checkpoint of step 101 under another name"),
        ("\"globalOffset\" : 5", "\"globalOffset\" : 9223372036854775807", "begins at element 9223372036854775807"),
        ("\"globalOffset\" : 5", "\"globalOffset\" : -5", "begins at element -5 where 0 is next"),
        ("\"count\" : 6", "\"count\" : -6", "'ema' does not fit shard-1.safetensors"),
        ("\"count\" : 6", "\"count\" : 2305843009213693952", "'ema' does not fit shard-1.safetensors"),
        ("\"count\" : 6", "\"count\" : 7", "ends behind its shape"),
        ("2,\n            3\n", "-2,\n            -3\n", "impossible shape [-2, -3]"),
        ("2,\n            3\n", "4611686018427387904,\n            4,\n            0\n", "ends behind its shape"),
        ("2,\n            3\n", "4611686018427387904,\n            4\n", "impossible shape"),
        ("\"F32\"", "\"F16\"", "has elements of type 'F16'"),
        ("shard-1.s", "shard-0.s", "'shard-0.safetensors' is named twice"),
        ("shard-1.s", "shard-01.s", "is not the name of a file of a checkpoint"),
    ])
    func whatCannotBeIsDamage(text: String, replacement: String, message: String) throws {
        try withFolder { folder in
            try CheckpointTests.save(folder, step: 100, ranks: 2)
            try Reseal.index("\(folder.path(ofStep: 100))/index.json") { $0.replacing(text, with: replacement) }
            let error = #expect(throws: CheckpointError.self) { try folder.newestWhole(group: SingleProcessGroup()) }
            #expect(error?.code == .damaged)
            #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        }
    }

    /// A shard with the size and hash that the index says, and other tensors.
    @Test(arguments: [[2, 3], [5], [7]]) func aShardWithOtherTensorsIsDamage(shape: [Int]) throws {
        try withFolder { folder in
            try CheckpointTests.save(folder, step: 100, ranks: 1)
            let path = folder.path(ofStep: 100)
            let before = try Data(contentsOf: URL(filePath: "\(path)/shard-0.safetensors"))
            let count = shape.reduce(1, *)
            try SafeTensorsWriter.write(
                "\(path)/shard-0.safetensors",
                [
                    SafeTensorsItem("ema", shape: shape, floats: [Float](repeating: 1, count: count)),
                    SafeTensorsItem("weights", shape: [10], floats: [Float](repeating: 1, count: 10)),
                ], metadata: ["ema.globalOffset": "0", "weights.globalOffset": "0"])
            let after = try Data(contentsOf: URL(filePath: "\(path)/shard-0.safetensors"))
            func hash(_ data: Data) -> String { String([UInt8](data).withUnsafeBytes { XXHash64.hash($0) }, radix: 16) }
            try Reseal.index("\(path)/index.json") {
                $0.replacing("\"bytes\" : \(before.count)", with: "\"bytes\" : \(after.count)")
                    .replacing(hash(before), with: hash(after))
            }
            let error = #expect(throws: CheckpointError.self) { try folder.newestWhole(group: SingleProcessGroup()) }
            #expect(error?.message.contains("'ema' is not the part that the index says") == true)
        }
    }

    @Test func anIndexWithoutChecksumIsReadAndSaid() throws {
        try withFolder { folder in
            try CheckpointTests.save(folder, step: 100, ranks: 2)
            let path = folder.path(ofStep: 100) + "/index.json"
            try Reseal.index(path) { $0.replacing("\"version\" : 2", with: "\"version\" : 1") }
            #expect(throws: CheckpointError.self) { try folder.newestWhole(group: SingleProcessGroup()) }
            let sealed = try Data(contentsOf: URL(filePath: path))
            let document = try #require(CheckpointIndex.opened(sealed))
            try document.write(to: URL(filePath: path))
            let found = try #require(try folder.newestWhole(group: SingleProcessGroup()).checkpoint)
            #expect(found.notice?.contains("its index has no checksum") == true)
            #expect(try found.floats("weights").count == 10)

            let absurd = String(decoding: document, as: UTF8.self).replacing("10\n", with: "9223372036854775807, 4\n")
            try Data(absurd.utf8).write(to: URL(filePath: path))
            #expect(throws: CheckpointError.self) { try folder.newestWhole(group: SingleProcessGroup()) }
        }
    }

    /// It is whole for the program that wrote it.
    @Test func anIndexOfANewerProgramStopsTheSearch() throws {
        try withFolder { folder in
            try CheckpointTests.save(folder, step: 100, ranks: 2)
            try CheckpointTests.save(folder, step: 200, ranks: 2)
            try Reseal.index(folder.path(ofStep: 200) + "/index.json") {
                $0.replacing("\"version\" : 2", with: "\"version\" : 3")
            }
            let error = #expect(throws: CheckpointError.self) { try folder.newestWhole(group: SingleProcessGroup()) }
            #expect(error?.code == .unfit)
            #expect(error?.message.contains("has format version 3, this program reads 1 and 2") == true)
        }
    }
}

/// What cannot be read is not absent.
@Suite struct UnreadableCheckpointTests {
    @Test func whereNoneIsWholeEachIsNamedWithARemedy() throws {
        try withFolder { folder in
            for step in [100, 200] { try CheckpointTests.save(folder, step: step, ranks: 2) }
            try Data([0]).write(to: URL(filePath: folder.path(ofStep: 100) + "/index.json"))
            try FileManager.default.removeItem(atPath: folder.path(ofStep: 200) + "/shard-1.safetensors")
            let errors = try ThreadedGroup.run(size: 3) { group in
                #expect(throws: CheckpointError.self) { try folder.newestWhole(group: group) }
            }
            for error in errors {
                #expect(error?.code == .damaged)
                #expect(error?.message.contains("step-000100/index.json") == true)
                #expect(error?.message.contains("step-000200/shard-1.safetensors: is missing") == true)
                #expect(error?.message.contains("move the folder away to begin") == true)
            }
        }
    }

    /// One rank alone meets the file that cannot be read; an older checkpoint is whole.
    @Test(arguments: ["shard-0.safetensors", "shard-1.safetensors", "index.json", ""], [1, 3])
    func whatTheDiskRefusesStopsAllRanks(name: String, ranks: Int) throws {
        try withFolder { folder in
            for step in [100, 200] { try CheckpointTests.save(folder, step: step, ranks: 3) }
            let path = folder.path(ofStep: 200) + (name.isEmpty ? "" : "/\(name)")
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.createSymbolicLink(
                atPath: path, withDestinationPath: URL(filePath: path).lastPathComponent)
            let errors = try ThreadedGroup.run(size: ranks) { group in
                #expect(throws: CheckpointError.self) { try folder.newestWhole(group: group) }
            }
            for error in errors {
                #expect(error?.code == .io)
                #expect(error?.message.contains("Too many levels of symbolic links") == true)
                #expect(error?.description.contains(path) == true)
            }
        }
    }

    @Test(arguments: ["step-000200", ""]) func aLinkToNowhereStopsTheSearch(name: String) throws {
        try withFolder { folder in
            for step in [100, 200] { try CheckpointTests.save(folder, step: step, ranks: 1) }
            let path = name.isEmpty ? folder.path : "\(folder.path)/\(name)"
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/nowhere/disk")
            let error = #expect(throws: CheckpointError.self) { try folder.newestWhole(group: SingleProcessGroup()) }
            #expect(error?.code == .io)
        }
    }

    @Test func aFileInPlaceOfTheFolderStopsTheSearch() throws {
        try withFolder { folder in
            try Data([1]).write(to: URL(filePath: folder.path))
            let error = #expect(throws: CheckpointError.self) { try folder.newestWhole(group: SingleProcessGroup()) }
            #expect(error?.code == .io)
            #expect(error?.message.contains("cannot be listed (Not a directory)") == true)
        }
    }

    /// Damaged ones that a run went back from do not push out the one that it went back to.
    @Test func damagedOnesAreNotCountedAmongThoseKept() throws {
        try withFolder { folder in
            for step in [100, 300] { try CheckpointTests.save(folder, step: step, ranks: 1) }
            try Data([0]).write(to: URL(filePath: folder.path(ofStep: 300) + "/index.json"))
            try CheckpointTests.save(folder, step: 200, ranks: 1)
            #expect(try folder.steps() == [100, 200, 300])
            #expect(try folder.newestWhole(group: SingleProcessGroup()).checkpoint?.step == 200)
        }
    }
}
