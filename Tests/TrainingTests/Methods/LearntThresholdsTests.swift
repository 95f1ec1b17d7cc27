import Annotations
import Collectives
import Configuration
import DataParallel
import Mixing
import Testing
import _TestSupport
import Training

/// Thresholds that follow the scores of a teacher: the same on every student, and part of a checkpoint.
@Suite struct LearntThresholdsTests {
    /// Of a teacher that grows surer.
    private static func objects(_ slot: Int, step: Int) -> [AnnotatedObject] {
        (0..<3 + slot).map { index in
            let score = 0.5 + Float((index * 7 + slot * 5 + step * 3) % (4 + step)) / 20 + 0.01
            return AnnotatedObject(
                trainID: UInt8(index % 3), mask: ObjectMask([PixelRun(row: 0, start: 0, end: 2)]), score: score)
        }
    }

    /// What students that share four images find in some steps.
    private static func thresholds(_ group: any ProcessGroup, _ rule: LearntThresholds, steps: Range<Int>) throws
        -> [ScoreThresholds]
    {
        let own = 4 / group.size
        let slots = group.rank * own..<(group.rank + 1) * own
        let sums = GlobalSums(over: group, pixels: 1)
        return try steps.map { step in
            rule.begin()
            return try rule.thresholds(step, slots.map { objects($0, step: step) }, sums)
        }
    }

    private static func rule() -> LearntThresholds { LearntThresholds(.init(), classCount: 3) }

    @Test(arguments: [2, 4]) func anyNumberOfStudentsFindsTheSame(students: Int) throws {
        let alone = try Self.thresholds(SingleProcessGroup(), Self.rule(), steps: 0..<6)
        let many = try ThreadedGroup.run(size: students) { try Self.thresholds($0, Self.rule(), steps: 0..<6) }
        #expect(many.allSatisfy { $0 == alone })
        #expect(Set(alone.map { $0[1] }).count > 1 && alone.last?.ofClass.count == 3)
    }

    @Test func aSkippedStepLeavesNothingBehind() throws {
        let group = SingleProcessGroup()
        let rule = Self.rule()
        _ = try Self.thresholds(group, rule, steps: 0..<3)
        let counts = rule.found.counts
        _ = try Self.thresholds(group, rule, steps: 3..<4)
        #expect(rule.found.counts != counts)
        rule.undo()
        #expect(rule.found.counts == counts)
    }

    /// Two students save, one goes on: to the bit what it would have found without a stop.
    @Test func whatIsKnownIsPartOfACheckpoint() throws {
        let folder = TemporaryFolder()
        _ = try ThreadedGroup.run(size: 2) { group in
            let rule = Self.rule()
            _ = try Self.thresholds(group, rule, steps: 0..<3)
            let parts = CheckpointParts(rule.parts, place: PartState.Place(index: group.rank, count: 2))
            try parts.save(to: CheckpointFolder(folder.path), step: 3, facts: [:], group: group)
        }
        let alone = SingleProcessGroup()
        let resumed = Self.rule()
        let checkpoint = try Checkpoint.verified("\(folder.path)/step-000003", group: alone)
        try CheckpointParts(resumed.parts, place: PartState.Place(index: 0, count: 1))
            .load(checkpoint, students: 2, facts: [], group: alone)
        let whole = try Self.thresholds(alone, Self.rule(), steps: 0..<6)
        #expect(try Self.thresholds(alone, resumed, steps: 3..<6) == Array(whole[3...]))
    }

    @Test func settingsNameThem() throws {
        func method(_ threshold: String) throws -> SelfTraining? {
            let folder = TemporaryFolder()
            let path = folder.write(
                "method: {kind: dacs, instanceMixing: {threshold: \(threshold)}}\n"
                    + "data: {source: {root: /a}, target: {root: /b}}\nmodel: {objects: mask-rcnn}\n", to: "s.yaml")
            let run = try ConfigurationFile.load(path)
            try run.validate()
            return run.method.method as? SelfTraining
        }
        #expect(try method("automatic")?.instanceMixing?.threshold == .automatic(.init()))
        #expect(try method("0.6")?.instanceMixing?.threshold == .fixed(0.6))
        var config = AutomaticThresholds.Config()
        (config.lowest, config.memorySteps) = (0.4, 50)
        let given = try method("{kind: automatic, lowest: 0.4, memorySteps: 50}")
        #expect(given?.instanceMixing?.threshold == .automatic(config))
        let error = try #require(throws: ConfigurationError.self) {
            _ = try method("{kind: automatic, lowest: 0.9, highest: 0.8}")
        }
        #expect(error.description.contains("leave no choice between"), "\(error)")
    }
}
