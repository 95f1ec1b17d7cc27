import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

@Suite struct ForwardRunTests {
    private let folder = TemporaryFolder()
    private let fixture = Fixture.path("models/mit_tiny.safetensors")

    @Test func writesOutputsAndGradientsUnderTheNamesOfTheWeightsFile() throws {
        let path = folder.file("out.safetensors")
        // The fixture is weights and input in one file.
        try ForwardRun(wantsGradients: true).run(TinyModels.encoder(), weights: fixture, input: fixture, output: path)
        let (expected, actual) = (try SafeTensorsFile(fixture), try SafeTensorsFile(path))
        #expect(actual.names.count == 4 + 1 + 130)
        // A shift of all keys cancels in the softmax: the gradient of their bias is rounding noise around zero.
        for name in actual.names where !name.hasSuffix("self.key.bias") {
            #expect(try actual.entry(name).shape == expected.entry(name).shape, "\(name)")
            let tolerance = name.hasPrefix("grad.") ? gradientTolerance : outputTolerance
            expectClose(try actual.floats(name), try expected.floats(name), tolerance: tolerance, name)
        }
    }

    @Test func writesLogitsAndGradientsOfAWholeNetwork() throws {
        let (weights, input, output) = (folder.file("w"), folder.file("in"), folder.file("out"))
        let network = TinyModels.network(seed: 3)
        try NetworkWeights.save(network, to: weights, as: WeightsFormat(.huggingFace, encoderPrefix: "segformer."))
        let pixels = pseudoRandomTensor([2, 3, 29, 40], seed: 4).values()
        try SafeTensorsWriter.write(
            input,
            [
                SafeTensorsItem("pixels", shape: [2, 3, 29, 40], floats: pixels),
                SafeTensorsItem(
                    "upstream.logits", shape: [2, 5, 8, 10], floats: [Float](repeating: 1, count: 800)),
            ])
        try ForwardRun(mode: .training, wantsGradients: true)
            .run(TinyModels.network(seed: nil), weights: weights, input: input, output: output)
        let file = try SafeTensorsFile(output)
        #expect(try file.entry("logits").shape == [2, 5, 8, 10])
        #expect(try file.entry("grad.pixels").shape == [2, 3, 29, 40])
        #expect(try file.entry("grad.segformer.encoder.block.0.0.attention.self.value.weight").shape == [8, 8])
        #expect(try file.entry("grad.decode_head.conv_seg.weight").shape == [5, 10, 1, 1])
        // The logits are summed, so the classifier's bias gathers one for each pixel of both images.
        #expect(try file.floats("grad.decode_head.conv_seg.bias") == [160, 160, 160, 160, 160])
    }

    @Test func writesOutputsAloneWithoutGradients() throws {
        let path = folder.file("out.safetensors")
        try ForwardRun().run(TinyModels.encoder(), weights: fixture, input: fixture, output: path)
        #expect(Set(try SafeTensorsFile(path).names) == ["stage1", "stage2", "stage3", "stage4"])
    }

    @Test func anEpsilonGivenOverridesTheOrigin() throws {
        let encoder = TinyModels.encoder()
        try ForwardRun(layerNormEpsilon: 0.1).run(
            encoder, weights: fixture, input: fixture, output: folder.file("out.safetensors"))
        #expect(encoder.epsilons == LayerNormEpsilons(blocks: 0.1, embeddings: 0.1))
    }

    @Test func namesWhatTheInputLacks() throws {
        let input = folder.file("in.safetensors")
        func message(_ run: ForwardRun) throws -> String {
            try #require(throws: WeightsError.self) {
                try run.run(TinyModels.encoder(), weights: fixture, input: input, output: folder.file("out"))
            }.description
        }
        try SafeTensorsWriter.write(input, [])
        #expect(try message(ForwardRun()).contains("tensor 'pixels': is not in the file"))
        try SafeTensorsWriter.write(input, [SafeTensorsItem("pixels", shape: [1, 1, 2, 2], floats: [1, 2, 3, 4])])
        #expect(try message(ForwardRun()).contains("has shape [1, 1, 2, 2]; it must be [B, 3, H, W] with"))
        let pixels = SafeTensorsItem("pixels", shape: [1, 3, 32, 32], floats: [Float](repeating: 0, count: 3072))
        try SafeTensorsWriter.write(input, [pixels])
        #expect(
            try message(ForwardRun(wantsGradients: true)).contains("gradients need at least one tensor of upstream."))
        try SafeTensorsWriter.write(input, [pixels, SafeTensorsItem("upstream.stage4", shape: [1], floats: [1])])
        #expect(
            try message(ForwardRun(wantsGradients: true))
                .contains("'upstream.stage4': has shape [1], the output has [1, 32, 1, 1]"))
        let misspelt = SafeTensorsItem("upstream.stage5", shape: [1], floats: [1])
        try SafeTensorsWriter.write(
            input,
            [
                pixels, misspelt,
                SafeTensorsItem("upstream.stage4", shape: [1, 32, 1, 1], floats: [Float](repeating: 1, count: 32)),
            ])
        #expect(
            try message(ForwardRun(wantsGradients: true)).contains(
                "'upstream.stage5': is for none of the outputs; those of this network and input are upstream.stage1, "))
    }

    @Test func refusesBoxesWhereNoneAreClassified() throws {
        let input = folder.file("in.safetensors")
        func message(_ model: any SegmentationModel, weights: String) throws -> String {
            try #require(throws: WeightsError.self) {
                try ForwardRun().run(model, weights: weights, input: input, output: folder.file("out"))
            }.description
        }
        func message(_ network: SegmentationNetwork) throws -> String {
            try NetworkWeights.save(network, to: folder.file("w"), as: .network)
            return try message(network, weights: folder.file("w"))
        }
        func write(pixels: Float = 0, boxes: [Float]) throws {
            try SafeTensorsWriter.write(
                input,
                [
                    SafeTensorsItem(
                        "pixels", shape: [1, 3, 64, 64], floats: .init(repeating: pixels, count: 3 * 64 * 64)),
                    SafeTensorsItem("boxes", shape: [1, 1, 4], floats: boxes),
                ])
        }
        try write(boxes: [0, 0, 9, 9])
        let refusal =
            "'boxes': is for networks that classify boxes, such as edaps-mit-b0; this one does not: leave it out"
        #expect(try message(TinyModels.encoder(), weights: fixture).contains(refusal))
        #expect(try message(TinyModels.network(seed: 1)).contains(refusal))
        let detector = TinyModels.panoptic(seed: 1)
        #expect(detector.takesBoxes)
        try write(boxes: [0, .nan, 9, 9])
        #expect(
            try message(detector)
                .contains("'boxes': has nan at element 1 of 4; write finite corners in pixels"))
        try write(pixels: .infinity, boxes: [0, 0, 9, 9])
        #expect(
            try message(detector).contains("'pixels': has inf at element 0 of 12288; write finite numbers"))
    }
}
