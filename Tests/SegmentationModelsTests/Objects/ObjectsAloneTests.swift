import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// A network that finds objects and has no decoder of classes.
@Suite struct ObjectsAloneTests {
    private let folder = TemporaryFolder()
    private let images = pseudoRandomTensor([1, 64, 96, 3], seed: 5)

    private func values(_ network: SegmentationNetwork) -> [String: [Float]] {
        Dictionary(uniqueKeysWithValues: network.namedParameters.map { ($0.name, $0.parameter.value.values()) })
    }

    @Test func itHasNoHeadAndGivesNoClassScores() {
        let network = TinyModels.objectsAlone(seed: 1)
        #expect(network.head == nil && !network.labelsPixels)
        #expect(!network.namedParameters.contains { $0.name.hasPrefix("decode_head.") })
        let output = withoutGradients { network(images, in: .evaluation) }
        #expect(output.decoded == nil && network.classScores(output, in: .evaluation) == nil)
        let names = withoutGradients { network.outputs(images, boxes: nil, in: .evaluation) }.map(\.name)
        #expect(!names.isEmpty && !names.contains("logits"))
    }

    /// Seeds of first weights follow from a part's place, not from what else there is.
    @Test func itsPartsAreThoseOfTheNetworkWithAHead() {
        let (alone, both) = (TinyModels.objectsAlone(seed: 1), TinyModels.panoptic(seed: 1))
        let (own, all) = (values(alone), values(both))
        #expect(own.allSatisfy { all[$0.key] == $0.value } && own.count < all.count)
        let found = [alone, both].map { network in
            withoutGradients {
                network.objectDecoder?.detections(
                    network.features(images, in: .evaluation), height: 64, width: 96, masksOf: (64, 96), in: .evaluation
                )
            }
        }
        #expect(found[0] == found[1] && found[0]?.count == 1)
    }

    @Test func itsWeightsAreWrittenAndReadBack() throws {
        let path = folder.file("weights.safetensors")
        var config = TinyModels.networkConfig
        config.encoder = MixTransformer.Config.b0
        config.decoder = nil
        config.objects = (TinyModels.objectConfig, [0, 1, 4])
        let saved = SegmentationNetwork(config, in: ModuleScope(seed: 3))
        try NetworkWeights.save(saved, to: path, as: .network)
        let file = try SafeTensorsFile(path)
        let model = try NetworkWeights.emptyModel(try #require(NetworkName("mask-rcnn-mit-b0")), fitting: file)
        try NetworkWeights.load(file, into: model).requireComplete()
        let read = try #require(model as? SegmentationNetwork)
        #expect(read.head == nil && read.objectDecoder?.things.count == 3 && values(read) == values(saved))
    }

    /// The head of a panoptic network is passed over, and said.
    @Test func itTakesWhatItHasFromANetworkWithAHead() throws {
        let path = folder.file("panoptic.safetensors")
        let saved = TinyModels.panoptic(seed: 1)
        try NetworkWeights.save(saved, to: path, as: .network)
        let network = TinyModels.objectsAlone(seed: 2)
        let report = try NetworkWeights.loadTrained(try SafeTensorsFile(path), into: network)
        #expect(report.isComplete && report.drawn.isEmpty)
        #expect(!report.unexpected.isEmpty && report.unexpected.allSatisfy { $0.hasPrefix("decode_head.") })
        let all = values(saved)
        #expect(values(network).allSatisfy { all[$0.key] == $0.value })
    }

    @Test func theGroupsOfParametersHaveEachOnce() {
        let network = TinyModels.objectsAlone(seed: 1)
        let grouped = network.parameterGroups.flatMap(\.parameters)
        #expect(grouped.sorted() == network.namedParameters.map(\.name).sorted())
    }

    @Test func withNeitherThereIsNoNetwork() async {
        await #expect(processExitsWith: .failure) {
            var config = TinyModels.networkConfig
            config.decoder = nil
            _ = SegmentationNetwork(config, in: ModuleScope(seed: 1))
        }
    }
}
