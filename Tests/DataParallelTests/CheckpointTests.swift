import Collectives
import DataParallel
import Foundation
import TensorEngine
import Testing

@Suite struct CheckpointTests {
    /// A flat tensor of 10 elements cut among the ranks, and one that the last rank has alone.
    static func entries(_ group: any ProcessGroup, scale: Float) -> [CheckpointEntry] {
        let weights = Tensor((0..<10).map { Float($0) * scale }, shape: [10])
        let shared = CheckpointEntry("weights", weights, part: group.rank, of: group.size)
        let ema = Tensor((0..<6).map { Float($0) - scale }, shape: [2, 3])
        return group.rank == group.size - 1 ? [shared, CheckpointEntry("ema", ema)] : [shared]
    }

    static func save(_ folder: CheckpointFolder, step: Int, ranks: Int, scale: Float = 0.1) throws {
        _ = try ThreadedGroup.run(size: ranks) { group in
            try folder.save(
                entries(group, scale: scale), step: step, state: ["config": "model: \"mit-b0\"\n"], group: group)
        }
    }

    @Test(arguments: [1, 2, 3, 4, 12], [1, 2, 3]) func loadsOnAnotherNumberOfRanks(writers: Int, readers: Int) throws {
        try withFolder { folder in
            try Self.save(folder, step: 200, ranks: writers)
            let read = try ThreadedGroup.run(size: readers) { group in
                let checkpoint = try #require(try folder.newestWhole(group: group).checkpoint)
                let weights = Tensor.zeros([10])
                try checkpoint.load("weights", into: weights)
                return (
                    checkpoint.step, checkpoint.state, weights.values(), try checkpoint.floats("ema"),
                    try checkpoint.floats("weights", elements: 3..<8)
                )
            }
            for (step, state, weights, ema, part) in read {
                #expect(step == 200)
                #expect(state == ["config": "model: \"mit-b0\"\n"])
                #expect(weights == (0..<10).map { Float($0) * 0.1 })
                #expect(ema == (0..<6).map { Float($0) - 0.1 })
                #expect(part == (3..<8).map { Float($0) * 0.1 })
            }
        }
    }

    @Test func keepsEveryBitOfAValue() throws {
        let values: [Float] = [.nan, -.infinity, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1 / 3]
        try withFolder { folder in
            let group = SingleProcessGroup()
            let entry = CheckpointEntry("weights", Tensor(values, shape: [6]))
            try folder.save([entry], step: 1, state: [:], group: group)
            let read = try #require(try folder.newestWhole(group: group).checkpoint).floats("weights")
            #expect(read.map(\.bitPattern) == values.map(\.bitPattern))
        }
    }

    @Test func onlyTheNewestStayAndStepsAreNumbersNotTexts() throws {
        try withFolder { folder in
            for step in [200, 999_999, 1_000_000] { try Self.save(folder, step: step, ranks: 2) }
            #expect(try folder.steps() == [999_999, 1_000_000])
            let newest = try folder.newestWhole(group: SingleProcessGroup())
            #expect(newest.checkpoint?.step == 1_000_000)
            #expect(newest.skipped.isEmpty)
        }
    }

    @Test func savingAStepAgainReplacesIt() throws {
        try withFolder { folder in
            try Self.save(folder, step: 5, ranks: 3, scale: 1)
            try Self.save(folder, step: 5, ranks: 2, scale: 2)
            let newest = try folder.newestWhole(group: SingleProcessGroup())
            #expect(try newest.checkpoint?.floats("weights", elements: 9..<10) == [18])
            #expect(try names(in: folder.path) == ["step-000005"])
        }
    }

    @Test func aSaveThatDiedIsNeitherSeenNorKept() throws {
        try withFolder { folder in
            let partial = folder.path(ofStep: 7) + ".partial"
            try FileManager.default.createDirectory(atPath: partial, withIntermediateDirectories: true)
            #expect(try folder.newestWhole(group: SingleProcessGroup()).checkpoint == nil)
            try Self.save(folder, step: 8, ranks: 2)
            #expect(try names(in: folder.path) == ["step-000008"])
        }
    }

    @Test func anEmptyPlaceHasNoCheckpoint() throws {
        try withFolder { folder in
            let (checkpoint, skipped) = try folder.newestWhole(group: SingleProcessGroup())
            #expect(checkpoint == nil)
            #expect(skipped.isEmpty)
        }
    }
}

@Suite struct DamagedCheckpointTests {
    enum Damage: CaseIterable {
        case missingShard, truncatedShard, flippedByte, missingIndex, brokenIndex, emptyIndex, hugeShape, alienPath

        func apply(to path: String) throws {
            let shard = "\(path)/shard-1.safetensors"
            let index = "\(path)/index.json"
            switch self {
            case .missingShard: try FileManager.default.removeItem(atPath: shard)
            case .truncatedShard: try Data(try bytes(shard).dropLast()).write(to: URL(filePath: shard))
            case .flippedByte:
                var content = try bytes(shard)
                content[content.count - 2] ^= 1
                try content.write(to: URL(filePath: shard))
            case .missingIndex: try FileManager.default.removeItem(atPath: index)
            case .brokenIndex: try Data(try bytes(index).dropLast(20)).write(to: URL(filePath: index))
            case .emptyIndex: try Data().write(to: URL(filePath: index))
            case .hugeShape:
                try Reseal.index(index) { $0.replacing("10\n", with: "9223372036854775807, 9223372036854775807\n") }
            case .alienPath:
                try Reseal.index(index) { $0.replacing("shard-1.saf", with: "../step-000100/shard-1.saf") }
            }
        }

        var namedFile: String {
            switch self {
            case .missingShard, .truncatedShard, .flippedByte, .alienPath: "shard-1.safetensors"
            case .missingIndex, .brokenIndex, .emptyIndex, .hugeShape: "index.json"
            }
        }

        private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }
    }

    @Test(arguments: Damage.allCases, [1, 2]) func theNewestWholeOneIsUsedAndTheFileNamed(
        damage: Damage, readers: Int
    ) throws {
        try withFolder { folder in
            try CheckpointTests.save(folder, step: 100, ranks: 3)
            try CheckpointTests.save(folder, step: 200, ranks: 3)
            try damage.apply(to: folder.path(ofStep: 200))
            let found = try ThreadedGroup.run(size: readers) { group in
                let (checkpoint, skipped) = try folder.newestWhole(group: group)
                return (checkpoint?.step, skipped)
            }
            for (step, skipped) in found {
                #expect(step == 100)
                #expect(skipped.count == 1)
                #expect(skipped[0].hasPrefix("step-000200 is damaged and not used: "))
                #expect(skipped[0].contains(damage.namedFile))
            }
        }
    }

    @Test func anotherModelIsRefusedWithBothShapes() throws {
        try withFolder { folder in
            try CheckpointTests.save(folder, step: 1, ranks: 2)
            let checkpoint = try Checkpoint.verified(folder.path(ofStep: 1), group: SingleProcessGroup())
            let wrongShape = #expect(throws: CheckpointError.self) {
                try checkpoint.load("weights", into: Tensor.zeros([11]))
            }
            #expect(wrongShape?.message.contains("'weights' has shape [10], this run needs [11]") == true)
            let missing = #expect(throws: CheckpointError.self) { try checkpoint.floats("moments") }
            #expect(missing?.message.contains("has no 'moments', only ema, weights") == true)
        }
    }

    @Test func partsThatDoNotCoverATensorAreRefused() throws {
        try withFolder { folder in
            let error = #expect(throws: CheckpointError.self) {
                _ = try ThreadedGroup.run(size: 2) { group in
                    let entry = CheckpointEntry("weights", Tensor.zeros([10]), part: 0, of: 2)
                    try folder.save([entry], step: 1, state: [:], group: group)
                }
            }
            #expect(error?.message.contains("begins at element 0 where 5 is next") == true)
            let left = try names(in: folder.path)
            #expect(left.isEmpty)
        }
    }

    @Test func aPlaceThatCannotBeAFolderFailsOnEveryRank() throws {
        try withFolder { folder in
            let file = folder.path + "-file"
            try Data([1]).write(to: URL(filePath: file))
            defer { try? FileManager.default.removeItem(atPath: file) }
            let messages = try ThreadedGroup.run(size: 2) { group in
                let error = #expect(throws: CheckpointError.self) {
                    try CheckpointFolder(file).save(
                        CheckpointTests.entries(group, scale: 1), step: 1, state: [:], group: group)
                }
                return error?.message ?? ""
            }
            for message in messages { #expect(message.contains("rank 0: \(file)")) }
        }
    }
}

/// Gives a fresh place for checkpoints, and removes it.
func withFolder(_ body: (CheckpointFolder) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("checkpoints-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(CheckpointFolder(path, keep: 2))
}

private func names(in path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
}
