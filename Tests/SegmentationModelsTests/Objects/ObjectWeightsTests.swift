import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// Weights of networks that find objects, in files and out of them.
@Suite struct ObjectWeightsTests {
    private let folder = TemporaryFolder()

    /// Saves a network, then writes it again below prefixes, each with values of its own, beside further tensors.
    private func write(
        _ network: SegmentationNetwork, below prefixes: [String], besides others: [String] = []
    ) throws -> SafeTensorsFile {
        let source = folder.file("one.safetensors")
        try NetworkWeights.save(network, to: source, as: .network)
        let one = try SafeTensorsFile(source)
        var items: [SafeTensorsItem] = []
        for (place, prefix) in prefixes.enumerated() {
            for entry in one.entries {
                let values = try one.floats(entry.name).map { $0 + Float(place) }
                items.append(SafeTensorsItem(prefix + entry.name, shape: entry.shape, floats: values))
            }
        }
        items += others.map { SafeTensorsItem($0, shape: [20, 4], floats: [Float](repeating: 1, count: 80)) }
        let path = folder.file("several.safetensors")
        try SafeTensorsWriter.write(path, items)
        return try SafeTensorsFile(path)
    }

    private func values(_ network: any Module) -> [String: [Float]] {
        Dictionary(uniqueKeysWithValues: network.namedParameters.map { ($0.name, $0.parameter.value.values()) })
    }

    /// As a run of EDAPS or LIDAPS leaves them: three networks, and the table of texts.
    @Test func theStudentOfACheckpointIsTakenWhole() throws {
        let (saved, loaded) = (TinyModels.panoptic(seed: 1), TinyModels.panoptic(seed: 2))
        let file = try write(
            saved, below: ["model.", "ema_model.", "imnet_model."], besides: ["model.class_embeddings"])
        let report = try NetworkWeights.load(file, into: loaded)
        #expect(report.isComplete && report.prefix == "model.backbone.")
        #expect(report.unexpected == ["model.class_embeddings"])
        #expect(report.passedOver.map(\.role) == ["teacher", "frozen copy"])
        #expect(report.text.contains("without a place: 1 (model.class_embeddings)"))
        #expect(values(loaded) == values(saved))
    }

    /// Mask R-CNN of mmdetection on the same encoder has no semantic head; its parts are found below any prefix.
    @Test func theNamesOfPartsAreFoundBelowTheirPrefix() throws {
        let file = try write(TinyModels.panoptic(seed: 1), below: ["module.model."])
        let format = try NetworkWeights.format(of: file, for: TinyModels.panoptic(seed: nil))
        #expect(format.encoderPrefix == "module.model.backbone." && format.headPrefix == "module.model.")
    }

    @Test func aTrainedNetworkWithoutObjectsGivesAllButThem() throws {
        let (saved, loaded, before) = (
            TinyModels.network(seed: 1), TinyModels.panoptic(seed: 2), TinyModels.panoptic(seed: 2)
        )
        let report = try NetworkWeights.loadTrained(try write(saved, below: [""]), into: loaded)
        #expect(report.isComplete)
        #expect(
            Set(report.drawn)
                == Set(
                    loaded.namedParameters.map(\.name).filter {
                        !$0.hasPrefix("backbone.") && !$0.hasPrefix("decode_head.")
                    }))
        #expect(report.text.contains("drawn at random: 38 (neck.lateral_convs.0.conv.weight, "))
        let (new, old, drawn) = (values(loaded), values(saved), values(before))
        #expect(new.allSatisfy { name, numbers in numbers == old[name] ?? drawn[name] })
    }

    @Test func aTrainedNetworkWithObjectsGivesThemToo() throws {
        let (saved, loaded) = (TinyModels.panoptic(seed: 1), TinyModels.panoptic(seed: 2))
        let file = try write(saved, below: ["model.", "ema_model."])
        let report = try NetworkWeights.loadTrained(file, into: loaded)
        #expect(report.drawn.isEmpty && values(loaded) == values(saved))
        // A network without has no place for them, and says so.
        let plain = try NetworkWeights.loadTrained(file, into: TinyModels.network(seed: 3))
        #expect(plain.isComplete && plain.unexpected.count == 38)
    }

    /// Half of a decoder is a damaged file, not one without.
    @Test func aFileWithAPartOfThemIsRefused() throws {
        let network = TinyModels.panoptic(seed: 1)
        let whole = try write(network, below: [""])
        let items = try whole.entries.filter { !$0.name.hasPrefix("roi_head.") }.map { entry in
            let values = try whole.floats(entry.name)
            return SafeTensorsItem(entry.name, shape: entry.shape, floats: values)
        }
        let path = folder.file("half.safetensors")
        try SafeTensorsWriter.write(path, items)
        #expect {
            try NetworkWeights.loadTrained(try SafeTensorsFile(path), into: network)
        } throws: {
            "\($0)".contains("lacks 16 tensors of the network (roi_head.bbox_head.shared_fcs.0.weight, ")
        }
    }

    @Test func objectsOfOtherClassesAreRefusedByName() throws {
        let file = try write(TinyModels.panoptic(seed: 1), below: [""])
        #expect {
            try NetworkWeights.loadTrained(file, into: TinyModels.panoptic(seed: 2, things: [1, 2, 3, 4]))
        } throws: {
            "\($0)".contains("tensor 'roi_head.bbox_head.fc_cls.weight': has shape [4, 12], the network needs [5, 12]")
        }
    }

    @Test(arguments: ["edaps-mit-b0", "lidaps-mit-b0"]) func anEmptyNetworkTakesItsSizesFromAFile(name: String) throws {
        var config = TinyModels.networkConfig
        config.encoder = MixTransformer.Config.b0
        var objects = TinyModels.objectConfig
        objects.boxes.size = 5
        config.objects = (objects, [0, 1, 4])
        let saved = SegmentationNetwork(config, in: ModuleScope(seed: nil))
        let file = try write(saved, below: ["model."])
        let model = try NetworkWeights.emptyModel(try #require(NetworkName(name)), fitting: file)
        try NetworkWeights.load(file, into: model).requireComplete()
        #expect(model.parameterCount == saved.parameterCount)
        let decoder = try #require((model as? SegmentationNetwork)?.objectDecoder as? MaskRCNN)
        #expect(decoder.config == objects && decoder.things.count == 3)
    }

    /// Which map a box is read from and the cells of a mask are in no tensor.
    @Test func whatNoTensorTellsIsInTheHeaderOrAssumedAndSaid() throws {
        var config = TinyModels.networkConfig
        config.encoder = MixTransformer.Config.b0
        var objects = TinyModels.objectConfig
        (objects.boxes.finestScale, objects.masks.size) = (10.5, 6)
        config.objects = (objects, [0, 1, 4])
        let path = folder.file("header.safetensors")
        let saved = SegmentationNetwork(config, in: ModuleScope(seed: nil))
        try NetworkWeights.save(saved, to: path, as: .network)
        func found(_ file: any TensorFile, _ said: ToldSizes) throws -> (MaskRCNN.Config, String?) {
            let model = try NetworkWeights.emptyModel(
                try #require(NetworkName("edaps-mit-b0")), fitting: file, said: said)
            let decoder = try #require((model as? SegmentationNetwork)?.objectDecoder as? MaskRCNN)
            return (decoder.config, try NetworkWeights.assumptions(of: model, fitting: file, said: said))
        }
        let told = try found(try SafeTensorsFile(path), ToldSizes())
        #expect(told.0.boxes.finestScale == 10.5 && told.0.masks.size == 6 && told.1 == nil)
        let untold = try write(saved, below: ["model."])
        #expect(try found(untold, ToldSizes()).1?.contains("tells finestScale=56 maskSize=14, which are taken") == true)
        let said = try found(untold, try #require(ToldSizes(text: "finestScale=10.5 maskSize=6")))
        #expect(said.0.boxes.finestScale == 10.5 && said.0.masks.size == 6 && said.1 == nil)
    }

    @Test(arguments: ["heads", "heads=", "heads=0", "heads=-1", "heads=8 heads=8", "=8", "heads=1e12", "heads=nan"])
    func textThatIsNoSizesIsNone(text: String) { #expect(ToldSizes(text: text) == nil) }

    @Test func aFileWithoutObjectsIsNotEnoughForThem() throws {
        var config = TinyModels.networkConfig
        config.encoder = MixTransformer.Config.b0
        let file = try write(SegmentationNetwork(config, in: ModuleScope(seed: nil)), below: [""])
        #expect {
            try NetworkWeights.emptyModel(try #require(NetworkName("edaps-mit-b0")), fitting: file)
        } throws: { "\($0)".contains("neck.lateral_convs.0.conv.weight") }
    }
}

/// Boxes in the input of a comparison.
@Suite struct ForwardBoxesTests {
    private let folder = TemporaryFolder()
    private let weights = Fixture.path("models/panoptic_tiny.safetensors")

    private func run(_ shape: [Int]?, _ values: [Float] = []) throws -> SafeTensorsFile {
        var items = [
            SafeTensorsItem(
                "pixels", shape: [1, 3, 37, 50], floats: pseudoRandomTensor([1, 3, 37, 50], seed: 1).values())
        ]
        if let shape { items.append(SafeTensorsItem("boxes", shape: shape, floats: values)) }
        let (input, output) = (folder.file("in"), folder.file("out"))
        try SafeTensorsWriter.write(input, items)
        try ForwardRun().run(TinyModels.panoptic(seed: nil), weights: weights, input: input, output: output)
        return try SafeTensorsFile(output)
    }

    @Test func mapsComeWithoutBoxesToo() throws {
        let file = try run(nil)
        #expect(file.names.count == 16 && !file.contains("roi.classes"))
        #expect(try file.entry("logits").shape == [1, 5, 10, 13])
        let sizes = [[10, 13], [5, 7], [3, 4], [2, 2], [1, 1]]
        for (level, size) in sizes.enumerated() {
            #expect(try file.entry("fpn\(level + 1)").shape == [1, 8] + size)
            #expect(try file.entry("rpn.scores\(level + 1)").shape == [1, 3] + size)
            #expect(try file.entry("rpn.deltas\(level + 1)").shape == [1, 12] + size)
        }
    }

    /// A box without area shows nothing, nor does one outside of the image: what the heads say of zeros.
    @Test func boxesWithoutAreaAndOutsideAreAnswered() throws {
        let boxes: [Float] = [5, 6, 5, 20, 900, 10, 990, 30, -400, -300, -200, -250, 3, 4, 40, 30, -30, -30, 90, 70]
        let file = try run([1, 5, 4], boxes)
        #expect(try file.entry("roi.classes").shape == [1, 5, 4] && file.entry("roi.deltas").shape == [1, 5, 12])
        #expect(try file.entry("roi.masks").shape == [1, 5, 3, 28, 28])
        let classes = try file.floats("roi.classes")
        #expect(classes.allSatisfy { $0.isFinite })
        let rows = (0..<5).map { (row: Int) -> [Float] in Array(classes[4 * row..<4 * row + 4]) }
        #expect(rows[0] == rows[1] && rows[1] == rows[2] && rows[2] != rows[3] && rows[3] != rows[4])
    }

    @Test(
        arguments: [
            (
                [1, 4], [1, 2, 3, 4],
                "'boxes': has shape [1, 4]; it must be [1, N, 4], x1, y1, x2, y2 of at least one box"
            ),
            ([2, 1, 4], [1, 2, 3, 4, 1, 2, 3, 4], "'boxes': has shape [2, 1, 4]; it must be [1, N, 4]"),
            ([1, 0, 4], [], "'boxes': has shape [1, 0, 4]; it must be [1, N, 4]"),
            ([1, 1, 4], [9, 2, 3, 4], "'boxes': holds the box 9.0, 2.0, 3.0, 4.0, whose end lies before its start"),
            ([1, 1, 4], [1, .nan, 3, 4], "'boxes'"),
        ] as [([Int], [Float], String)])
    func boxesThatAreNoneAreNamed(shape: [Int], values: [Float], message: String) throws {
        #expect { try run(shape, values) } throws: { "\($0)".contains(message) }
    }
}
