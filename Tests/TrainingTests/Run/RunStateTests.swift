import Collectives
import DataParallel
import Foundation
import TensorEngine
import Testing
import _TestSupport
import Training

/// What a checkpoint says of its run is looked at before anything is made of it.
@Suite struct RunStateTests {
    private static let good = [
        "configuration": "name: x\n", "students": "2", "optimizerSteps": "7", "skippedSteps": "1",
        "teacherUpdates": "3"
    ]

    private func message(_ change: [String: String?]) throws -> String {
        let folder = TemporaryFolder()
        var state = Self.good
        for (key, value) in change { state[key] = value }
        let tensors = (0..<2).map { CheckpointEntry("student.\($0).buffers", Tensor.zeros([3])) }
        try CheckpointFolder(folder.path).save(tensors, step: 8, state: state, group: SingleProcessGroup())
        let checkpoint = try Checkpoint.verified("\(folder.path)/step-000008", group: SingleProcessGroup())
        do {
            _ = try TrainedModel(checkpoint)
            return ""
        } catch { return "\(error)" }
    }

    @Test(arguments: [
        ("students", "0"), ("students", "-1"), ("students", "9223372036854775807"), ("students", "two"),
        ("optimizerSteps", "9223372036854775807"), ("optimizerSteps", "-1"), ("optimizerSteps", "9"),
        ("optimizerSteps", "99999999999999999999"), ("skippedSteps", "-1"), ("teacherUpdates", "9"),
        ("teacherUpdates", "+3"), ("teacherUpdates", ""),
    ]) func aNumberOutOfRangeIsNamed(key: String, value: String) throws {
        let text = try message([key: value])
        #expect(text.contains("step-000008: says '\(key)' is '\(value)', which must be from "), "\(text)")
    }

    @Test func numbersThatContradictEachOtherAreNamed() throws {
        #expect(
            try message(["optimizerSteps": "6"])
                .contains("is of step 8 and says that 6 steps moved the weights and 1 were skipped"))
        #expect(try message(["students": "1", "optimizerSteps": nil]).contains("lacks 'optimizerSteps'"))
        #expect(
            try message(["configuration": nil]).contains("lacks 'configuration': it was not saved by a training run"))
    }

    /// What is right goes on to the setting, which here is none.
    @Test func whatIsRightPasses() throws {
        let text = try message([:])
        #expect(!text.contains("says '") && !text.contains("lacks"), "\(text)")
    }
}
