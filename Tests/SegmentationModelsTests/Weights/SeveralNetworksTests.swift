import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// Files that hold a student, its teacher and frozen copies, below any wrappers.
@Suite struct SeveralNetworksTests {
    private let folder = TemporaryFolder()

    /// One small encoder below each prefix; the value of everything is the place in the list.
    private func write(_ prefixes: [String], head: [String] = []) throws -> SafeTensorsFile {
        let source = folder.file("one.safetensors")
        try NetworkWeights.save(TinyModels.network(seed: 1), to: source, as: WeightsFormat(.original))
        let one = try SafeTensorsFile(source)
        var items: [SafeTensorsItem] = []
        for (index, prefix) in (prefixes + head).enumerated() {
            let isHead = index >= prefixes.count
            for entry in one.entries where entry.name.hasPrefix("decode_head.") == isHead {
                items.append(
                    SafeTensorsItem(
                        prefix + entry.name, shape: entry.shape,
                        floats: [Float](repeating: Float(index), count: entry.elementCount)))
            }
        }
        let path = folder.file("several.safetensors")
        try SafeTensorsWriter.write(path, items)
        return try SafeTensorsFile(path)
    }

    @Test(arguments: [
        (["ema_model.backbone.", "imnet_model.backbone.", "model.backbone."], 2),
        (["module.ema_model.backbone.", "module.imnet_model.backbone.", "module.model.backbone."], 2),
        (["state_dict.module.model.backbone.", "state_dict.module.ema_model.backbone."], 0),
        (["teacher.", "student."], 1), (["teacher.backbone.", "network.module.backbone."], 1),
        (["model_ema.module.", "model.module."], 1), (["modelEMA.", "net.encoder."], 1),
        (["frozen.backbone.", "teacher.backbone."], 1), (["imagenet.", "a.b.c.d.ema."], 1),
        (["", "model.", "ema."], 0), (["model.ema.", "model.student.x."], 1),
    ])
    func theStudentIsTakenWhateverStandsBeforeItsNames(prefixes: [String], taken: Int) throws {
        let encoder = TinyModels.encoder()
        let report = try NetworkWeights.load(try write(prefixes), into: encoder)
        #expect(report.prefix == prefixes[taken])
        #expect(encoder.namedParameters.allSatisfy { $0.parameter.value.values().allSatisfy { $0 == Float(taken) } })
        #expect(report.passedOver.count == prefixes.count - 1 || prefixes.contains(""))
        #expect(report.isComplete && report.unexpected == [] || prefixes.contains(""))
    }

    @Test(arguments: [
        (["model.backbone.", "ema_model.backbone.", "imnet_model.backbone."], 1), (["teacher.", "student."], 0),
        (["model.", "a.ema.", "ema."], 2),
    ])
    func theTeacherIsTakenWhereItIsAskedFor(prefixes: [String], taken: Int) throws {
        let encoder = TinyModels.encoder()
        let report = try NetworkWeights.load(try write(prefixes), into: encoder, role: .teacher)
        #expect(report.prefix == prefixes[taken])
        #expect(encoder.namedParameters.allSatisfy { $0.parameter.value.values().allSatisfy { $0 == Float(taken) } })
        #expect(report.passedOver.map(\.role).contains("other network"))
    }

    @Test(arguments: [
        (
            "model.backbone.", NetworkRole.teacher,
            "holds no teacher, only a student under 'model.backbone.'; ask for that one"
        ),
        (
            "ema_model.backbone.", .student,
            "holds no student, only a teacher under 'ema_model.backbone.'; ask for that one"
        ),
    ])
    func aNetworkThatIsNotThereIsRefused(prefix: String, role: NetworkRole, text: String) throws {
        let file = try write([prefix])
        #expect {
            try NetworkWeights.load(file, into: TinyModels.encoder(), role: role)
        } throws: { error in "\(error)".contains(text) }
    }

    @Test func theReportNamesWhatWasPassedOverWithItsRole() throws {
        let file = try write(["module.ema_model.backbone.", "module.imnet_model.backbone.", "module.model.backbone."])
        let report = try NetworkWeights.load(file, into: TinyModels.encoder())
        #expect(report.passedOver.map(\.role) == ["teacher", "frozen copy"])
        #expect(report.passedOver.map(\.prefix) == ["module.ema_model.", "module.imnet_model."])
        #expect(report.passedOver.allSatisfy { $0.tensorCount == report.loadedCount })
        let text = report.text
        #expect(text.hasPrefix("weights of \(file.path): loaded \(report.loadedCount) tensors, named as in original"))
        #expect(text.contains("under 'module.model.backbone.'"))
        #expect(text.contains("\n    passed over: teacher 'module.ema_model.', \(report.loadedCount) tensors\n"))
        #expect(text.contains("\n    one value throughout: "))
    }

    @Test func networksOfEqualStandingAreRefused() throws {
        let file = try write(["model_a.", "model_b."])
        #expect { try NetworkWeights.load(file, into: TinyModels.encoder()) } throws: { error in
            (error as? WeightsError)?.code == .ambiguous
                && "\(error)".contains("does not tell which is meant: 'model_a.', 'model_b.'; save that one")
        }
    }

    @Test func gradientsAndAveragesOfAnOptimizerAreNoNetworks() throws {
        let file = try write(["optimizer.exp_avg.", "grad.", "model.backbone."])
        #expect(try NetworkWeights.format(of: file, for: TinyModels.encoder()).encoderPrefix == "model.backbone.")
    }

    @Test func aStudentDoesNotTakeTheHeadOfItsTeacher() throws {
        let file = try write(["model.backbone.", "ema_model.backbone."], head: ["ema_model."])
        let report = try NetworkWeights.load(file, into: TinyModels.network(seed: 2))
        #expect(!report.missing.isEmpty && report.missing.allSatisfy { $0.hasPrefix("model.decode_head.") })
        #expect(throws: WeightsError.self) { try report.requireComplete() }
        let whole = try write(["model.backbone.", "ema_model.backbone."], head: ["ema_model.", "model."])
        #expect(try NetworkWeights.load(whole, into: TinyModels.network(seed: 2)).isComplete)
    }
}

/// Values that no training leaves.
@Suite struct DamagedWeightsTests {
    private let folder = TemporaryFolder()

    /// A whole network with one value replaced.
    private func write(_ name: String, _ value: Float, at index: Int) throws -> SafeTensorsFile {
        let source = folder.file("one.safetensors")
        try NetworkWeights.save(TinyModels.network(seed: 1), to: source, as: .network)
        let one = try SafeTensorsFile(source)
        var items: [SafeTensorsItem] = []
        for entry in one.entries {
            var values = try one.floats(entry.name)
            if entry.name == name { values[index] = value }
            items.append(SafeTensorsItem(entry.name, shape: entry.shape, floats: values))
        }
        let path = folder.file("damaged.safetensors")
        try SafeTensorsWriter.write(path, items)
        return try SafeTensorsFile(path)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity, .signalingNaN])
    func valuesThatAreNotFiniteAreRefusedByName(value: Float) throws {
        for name in ["backbone.norm1.weight", "decode_head.conv_seg.bias", "backbone.block1.0.attn.kv.weight"] {
            let file = try write(name, value, at: 3)
            #expect { try NetworkWeights.load(file, into: TinyModels.network(seed: 2)) } throws: { error in
                (error as? WeightsError)?.code == .notFinite
                    && "\(error)".contains("tensor '\(name)': has \(value) at element 3 of")
            }
        }
    }

    @Test func numbersBeyondSinglePrecisionAreRefused() throws {
        let path = folder.file("double.safetensors")
        let bytes = withUnsafeBytes(of: 1e300.bitPattern.littleEndian) { Array($0) }
        try SafeTensorsWriter.write(path, [SafeTensorsItem("x", shape: [1], type: .float64, bytes: bytes)])
        #expect { try SafeTensorsFile(path).finiteFloats("x") } throws: {
            "\($0)".contains("has inf at element 0 of 1")
        }
    }

    @Test func aNegativeVarianceIsRefused() throws {
        let name = "decode_head.fuse_layer.bottleneck.bn.running_var"
        let file = try write(name, -0.5, at: 1)
        #expect { try NetworkWeights.load(file, into: TinyModels.network(seed: 2)) } throws: { error in
            "\(error)".contains("tensor '\(name)': holds the variance -0.5")
        }
    }

    @Test func aFileWithoutATensorOfTheNetworkIsRefused() {
        let report = LoadReport(file: "w.safetensors", naming: "original")
        #expect { try report.requireComplete() } throws: { "\($0)".contains("has no tensor of the network") }
    }
}
