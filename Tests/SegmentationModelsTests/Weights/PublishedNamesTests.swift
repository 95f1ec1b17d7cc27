import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// Whole checkpoints with the names that DAFormer, HRDA and MIC save: student, averaged teacher, and the frozen encoder
/// of the feature distance, which MIC switches off for adverse weather.
@Suite struct PublishedNamesTests {
    private let folder = TemporaryFolder()

    private struct Release: CustomTestStringConvertible {
        let testDescription: String
        let hasTwoResolutions: Bool
        let hasFrozenCopy: Bool
    }

    private static let releases = [
        Release(testDescription: "DAFormer", hasTwoResolutions: false, hasFrozenCopy: true),
        Release(testDescription: "HRDA", hasTwoResolutions: true, hasFrozenCopy: true),
        Release(testDescription: "MIC", hasTwoResolutions: true, hasFrozenCopy: false),
    ]

    private func network(_ release: Release, seed: UInt64?) -> SegmentationNetwork {
        release.hasTwoResolutions ? TinyModels.multiResolutionNetwork(seed: seed) : TinyModels.network(seed: seed)
    }

    private func file(_ release: Release, of student: SegmentationNetwork) throws -> SafeTensorsFile {
        let one = folder.file("one.safetensors")
        try NetworkWeights.save(student, to: one, as: .network)
        let stored = try SafeTensorsFile(one)
        let copies: [(prefix: String, factor: Float)] = [("ema_model.", 2), ("model.", 1)]
            + (release.hasFrozenCopy ? [("imnet_model.", 3)] : [])
        var items: [SafeTensorsItem] = []
        for (prefix, factor) in copies {
            for entry in stored.entries {
                if entry.name.hasSuffix("running_var") {
                    let count = entry.name.replacing("running_var", with: "num_batches_tracked")
                    items.append(SafeTensorsItem("state_dict." + prefix + count, shape: [], floats: [7]))
                }
                let values = try stored.floats(entry.name).map { $0 * factor }
                items.append(SafeTensorsItem("state_dict." + prefix + entry.name, shape: entry.shape, floats: values))
            }
        }
        let path = folder.file("checkpoint.safetensors")
        try SafeTensorsWriter.write(path, items)
        return try SafeTensorsFile(path)
    }

    @Test(arguments: releases) private func theStudentOfACheckpointIsTakenWhole(release: Release) throws {
        let (student, loaded) = (network(release, seed: 1), network(release, seed: 2))
        let report = try NetworkWeights.loadTrained(try file(release, of: student), into: loaded)
        #expect(report.isComplete && report.unexpected == [] && report.drawn == [])
        #expect(report.prefix == "state_dict.model.backbone." && report.naming == "original")
        #expect(report.passedOver.map(\.role) == ["teacher"] + (release.hasFrozenCopy ? ["frozen copy"] : []))
        for (before, after) in zip(student.namedParameters, loaded.namedParameters) {
            #expect(before.parameter.value.values() == after.parameter.value.values(), "\(before.name)")
        }
    }

    @Test(arguments: releases) private func itsEncoderAloneIsTakenToo(release: Release) throws {
        let (student, encoder) = (network(release, seed: 1), TinyModels.encoder(seed: 2))
        #expect(try NetworkWeights.load(try file(release, of: student), into: encoder).isComplete)
        for (before, after) in zip(student.encoder.namedParameters, encoder.namedParameters) {
            #expect(before.parameter.value.values() == after.parameter.value.values(), "\(before.name)")
        }
    }
}
