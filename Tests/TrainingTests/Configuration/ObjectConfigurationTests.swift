import Configuration
import SegmentationModels
import Testing
import Training

/// `model.objects` in settings.
@Suite struct ObjectConfigurationTests {
    private func load(_ yaml: String, _ changes: String...) throws -> RunConfiguration {
        let text = "data: {source: {root: a}, target: {root: b}}\n" + yaml
        return try ConfigurationFile.decode(yaml: text, fileName: "a.yaml", overrides: changes)
    }

    private func failure(_ yaml: String, _ changes: String...) -> String {
        do {
            let text = "data: {source: {root: a}, target: {root: b}}\n" + yaml
            _ = try ConfigurationFile.decode(yaml: text, fileName: "a.yaml", overrides: changes)
            return "no error"
        } catch { return "\(error)" }
    }

    @Test func thereAreNoneUnlessASettingSaysSo() throws {
        let run = try load("model: {encoder: mit-b0}")
        #expect(run.model.objects == nil && "\(run.model.name)" == "daformer-mit-b0")
        #expect(try run.makeNetwork(seed: nil, loadsWeights: false).objectDecoder == nil)
    }

    @Test func aNameIsEnough() throws {
        let run = try load("model: {objects: mask-rcnn, encoder: mit-b0}")
        #expect(run.model.objects == .maskRCNN && "\(run.model.name)" == "edaps-mit-b0")
        let network = try run.makeNetwork(seed: nil, loadsWeights: false)
        // The things of Cityscapes.
        #expect(network.objectDecoder?.things == Array(11...18))
    }

    @Test func sizesAreItsOwnKeys() throws {
        let run = try load(
            "model: {objects: {kind: mask-rcnn, width: 32, anchors: {ratios: [1]}, masks: {width: 24}}}",
            "model.objects.boxes.hidden=64", "model.objects.proposals.overlaps.positive=0.6")
        var expected = MaskRCNN.Config()
        expected.width = 32
        expected.anchors.ratios = [1]
        expected.masks.width = 24
        expected.boxes.hidden = 64
        expected.proposals.overlaps.positive = 0.6
        #expect(run.model.objects == ObjectDecoderChoice("mask-rcnn", expected))
        #expect(try load("model: {objects: mask-rcnn}", "model.objects=null").model.objects == nil)
    }

    /// What is resolved says every number, and reads back as the same.
    @Test func isWrittenWholeAndReadBack() throws {
        let run = try load("model: {objects: {kind: mask-rcnn, detections: {perImage: 50}}}")
        let text = run.resolvedYAML()
        for key in ["lowQuality: 0.3", "trainingCandidates: 2000", "finestScale: 56.0", "perImage: 50"] {
            #expect(text.contains(key), "\(key)")
        }
        #expect(try ConfigurationFile.decode(yaml: text, fileName: "b.yaml").model == run.model)
    }

    /// Objects are pasted with the classes of their pixels by networks without objects too, as long as they are those
    /// of the source; UDA4Inst's mixing in the pass of objects needs no other key.
    @Test func strategiesOfPastedObjectsAreKeysOfSelfTraining() throws {
        let forth = try load(
            "method: {kind: dacs, mixing: {kind: bidirectional, directions: source-to-target}, colorTransfer: true}")
        #expect(forth.learnsObjects && forth.method.method.countsObjects(in: forth))
        #expect(
            try load("method: {kind: dacs, mixing: {kind: instance-mix, direction: source-to-target}}").learnsObjects)
        let plain = try load("method: dacs")
        #expect(!plain.learnsObjects && !plain.method.method.countsObjects(in: plain))
        let text = forth.resolvedYAML()
        for key in ["colorTransfer: true", "directions: source-to-target", "minArea: 300", "capacity: 10"] {
            #expect(text.contains(key), "\(key)")
        }
        let pass = try load(
            "model: {objects: mask-rcnn}\nmethod: {kind: dacs, instanceMixing: {bidirectional: {blur: none}}}",
            "method.instanceMixing.bidirectional.pool.capacity=4")
        #expect(pass.method.method.countsObjects(in: pass))
        #expect(pass.resolvedYAML().contains("capacity: 4"))
    }

    @Test(arguments: [
        (
            "method: {kind: dacs, mixing: bidirectional}",
            "method.mixing.directions: the teacher's objects are pasted, and a network without a decoder of objects finds none; "
                + "use directions: source-to-target, or give model.objects"
        ),
        (
            "method: {kind: dacs, mixing: instance-mix}",
            "method.mixing.direction: the teacher's objects are pasted, and a network without a decoder of objects finds none; "
                + "use direction: source-to-target, or give model.objects"
        ),
        (
            "method: {kind: dacs, mixing: {kind: bidirectional, pool: {capacity: 0}}}",
            "method.mixing.pool.capacity: must be from 1 to 1000, got 0"
        ),
        (
            "method: {kind: dacs, mixing: {kind: bidirectional, directions: forth}}",
            "method.mixing.directions: expected one of triplet, both, source-to-target, target-to-source, got 'forth'"
        ),
    ])
    func wrongMixingIsNamed(yaml: String, message: String) { #expect(failure(yaml).contains(message)) }

    @Test(arguments: [
        (
            "model: {objects: mask-rcn}",
            "model.objects.kind: expected one of mask-rcnn, mask2former, got 'mask-rcn' (did you mean 'mask-rcnn'?)"
        ),
        (
            "model: {objects: {kind: mask2former, width: 100}}",
            "model.objects.width: 100 is no multiple of 8 heads; choose one that is"
        ),
        (
            "model: {objects: {kind: mask2former, width: 48}}",
            "model.objects.width: 48 is no multiple of 32 groups; choose one that is"
        ),
        (
            "model: {objects: {kind: mask2former, classes: stuff}}",
            "model.objects.classes: expected one of things, all, got 'stuff'"
        ),
        ("model: {objects: {width: 3}}", "model.objects.kind: must be given"),
        ("model: {objects: {kind: mask-rcnn, hidden: 3}}", "model.objects.hidden: unknown key"),
        ("model: {objects: {kind: mask-rcnn, width: 0}}", "model.objects.width: must be from 1 to 8192, got 0"),
        (
            "model: {objects: {kind: mask-rcnn, anchors: {ratios: []}}}",
            "model.objects.anchors.ratios: needs from 1 to 16 numbers, got 0"
        ),
        (
            "model: {objects: {kind: mask-rcnn, boxes: {deviations: [1, 1, 1]}}}",
            "model.objects.boxes.deviations: needs 4 numbers, got 3"
        ),
        (
            "model: {objects: {kind: mask-rcnn, boxes: {deviations: [1, 1, 0, 1]}}}",
            "model.objects.boxes.deviations: must be from 0.001 to 100.0, got 0.0"
        ),
        (
            "model: {objects: mask-rcnn, multiResolution: {}}",
            "model.multiResolution: 'mask-rcnn' finds objects at one resolution only; use model.multiResolution=null, or "
                + "model.objects=null"
        ),
    ])
    func whatCannotBeIsNamed(yaml: String, message: String) {
        let text = failure(yaml)
        #expect(text.contains(message), "\(text)")
    }

    /// Queries of all classes say the classes of pixels, so that measures of these need no decoder of classes.
    @Test func queriesOfAllClassesLabelPixels() throws {
        let yaml =
            "model: {encoder: mit-b0, decoder: none, objects: {kind: mask2former, classes: all}}\nmethod: source-only"
        let run = try load(yaml)
        #expect(run.labelsPixels && "\(run.model.name)" == "mask2former-mit-b0")
        let decoder = try #require(run.makeNetwork(seed: nil, loadsWeights: false).objectDecoder)
        #expect(decoder.things == Array(11...18) && decoder.labelsPixels(of: 19))
        #expect(failure(yaml, "model.objects.classes=things").contains("evaluation.measures: semantic-iou"))
    }

    @Test(arguments: [("mask2former-swin-l", 200), ("mask2former-swin-b", 100), ("mask2former-mit-b2", 100)])
    func namedNetworksHaveThePublishedQueries(name: String, queries: Int) throws {
        let network = try #require(NetworkName(name))
        let model = try #require(ModelConfiguration(network))
        #expect((model.objects?.config as? Mask2Former.Config)?.queries == queries && "\(model.name)" == name)
    }

    @Test func objectsMayBeFoundWithoutADecoderOfClasses() throws {
        let alone = "model: {encoder: mit-b0, decoder: none, objects: mask-rcnn}\nmethod: source-only\n"
        let run = try load(alone + "evaluation: {measures: [instance]}")
        #expect(run.model.decoder == nil && !run.labelsPixels && "\(run.model.name)" == "mask-rcnn-mit-b0")
        #expect(try run.makeNetwork(seed: nil, loadsWeights: false).head == nil)
        let text = run.resolvedYAML()
        #expect(text.contains("decoder: none"))
        #expect(try ConfigurationFile.decode(yaml: text, fileName: "b.yaml").model == run.model)
        #expect(
            try load(alone + "evaluation: {measures: [instance]}", "model.decoder=segformer").model.decoder?.name
                == "segformer")
        #expect(try load(alone + "evaluation: {measures: [instance]}", "model.decoder=null").model.decoder == nil)
        let named = try #require(NetworkName("mask-rcnn-mit-b0"))
        #expect(try #require(ModelConfiguration(named)).decoder == nil)
        #expect(ModelConfiguration(try #require(NetworkName("mit-b0"))) == nil)
    }

    @Test(arguments: [
        (
            "model: {decoder: none}\nmethod: source-only",
            "model.decoder: a network without a decoder of classes and without one of objects says nothing; give one of the "
                + "two (model.decoder=daformer, model.objects=mask-rcnn)"
        ),
        (
            "model: {decoder: none, objects: mask-rcnn}\nmethod: source-only",
            "evaluation.measures: semantic-iou scores the classes of pixels, and a network of objects alone says none; use "
                + "evaluation.measures=[instance], or give model.decoder"
        ),
        (
            "model: {decoder: none, objects: mask-rcnn}\nmethod: dacs\nevaluation: {measures: [instance]}",
            "model.decoder: the method 'dacs' learns the classes of pixels, and a network without a decoder of classes gives "
                + "none; name one (model.decoder=daformer), or use another method"
        ),
        (
            "model: {decoder: none, objects: mask-rcnn}\nmethod: source-only\n"
                + "evaluation: {measures: [instance], inference: sliding}",
            "evaluation.inference: windows are for class scores, and 'mask-rcnn' without a decoder of classes finds objects in "
                + "whole images; use evaluation.inference=whole"
        ),
        (
            "model: {decoder: none, objects: mask-rcnn, multiResolution: {}}\nmethod: source-only",
            "model.multiResolution: two resolutions share a decoder of classes, and model.decoder is none; use "
                + "model.multiResolution=null"
        ),
        ("model: {decoder: non}", "model.decoder.kind: expected one of daformer, segformer, none, got 'non'"),
    ])
    func whatNeedsADecoderOfClassesSaysSo(yaml: String, message: String) {
        let text = failure(yaml)
        #expect(text.contains(message), "\(text)")
    }

    /// The name of a system in tables follows the sizes of its parts.
    @Test(arguments: [
        ("decoder: daformer", "edaps-mit-b5"),
        ("decoder: {kind: daformer, width: 768, embedding: 256}", "lidaps-mit-b5"),
        ("decoder: {kind: daformer, width: 64}", "edaps-mit-b5"), ("decoder: segformer", "mask-rcnn-segformer-mit-b5"),
    ])
    func tablesCallItByItsSystem(decoder: String, name: String) throws {
        #expect(try "\(load("model: {objects: mask-rcnn, \(decoder)}").model.name)" == name)
        let named = try #require(NetworkName(name))
        #expect("\(try #require(ModelConfiguration(named)).name)" == name)
    }

    @Test func wordsOnCommandLinesHaveThePublishedSizes() throws {
        let name = try #require(NetworkName("lidaps-mit-b2"))
        let model = try #require(ModelConfiguration(name))
        let head = try #require(model.decoder?.config as? DAFormerHead.Config)
        #expect(head.width == 768 && head.embedding == 256 && model.objects == .maskRCNN)
        #expect(model.encoder.name == "mit-b2" && model.multiResolution == nil)
    }
}
