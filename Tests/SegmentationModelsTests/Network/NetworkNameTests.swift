import SegmentationModels
import Testing

@Suite struct NetworkNameTests {
    @Test(arguments: [
        ("mit-b0", "mit-b0", nil, false), ("daformer-mit-b5", "mit-b5", "daformer", false),
        ("hrda-daformer-mit-b2", "mit-b2", "daformer", true), ("segformer-mit-b1", "mit-b1", "segformer", false),
    ])
    func isReadAndWritten(text: String, encoder: String, decoder: String?, hasTwoResolutions: Bool) throws {
        let name = try #require(NetworkName(text))
        #expect(
            name == NetworkName(encoder: encoder, decoder: decoder, hasTwoResolutions: hasTwoResolutions))
        #expect("\(name)" == text)
    }

    /// A decoder of objects stands before the others; publications gave some combinations a name and sizes.
    @Test(
        arguments: [
            ("edaps-mit-b0", "daformer", "edaps"), ("lidaps-mit-b5", "daformer", "lidaps"),
            ("mask-rcnn-segformer-mit-b1", "segformer", nil), ("mask-rcnn-daformer-mit-b1", "daformer", nil),
        ] as [(String, String, String?)])
    func networksThatFindObjectsAreReadAndWritten(text: String, decoder: String, system: String?) throws {
        let name = try #require(NetworkName(text))
        #expect(name.decoder == decoder && name.objects == "mask-rcnn" && name.system == system)
        #expect(!name.hasTwoResolutions && "\(name)" == text)
    }

    @Test func objectsMayBeFoundWithoutClassesOfPixels() throws {
        let name = try #require(NetworkName("mask-rcnn-mit-b2"))
        #expect(name.encoder == "mit-b2" && name.decoder == nil && name.objects == "mask-rcnn" && !name.isEncoder)
        #expect("\(name)" == "mask-rcnn-mit-b2")
        #expect(try #require(NetworkName("mit-b2")).isEncoder)
    }

    /// HRDA's networks were called so before decoders were named.
    @Test func hrdaWithoutADecoderHasThatOfDAFormer() throws {
        let name = try #require(NetworkName("hrda-mit-b0"))
        #expect("\(name)" == "hrda-daformer-mit-b0")
    }

    @Test(arguments: [
        "", "mit", "mit-b9", "b0", "unknown-mit-b0", "daformer-", "hrda-", "mit-b0-daformer", "daformermit-b0",
        "hrda-mask-rcnn-mit-b0", "mask-rcnn-", "hrda-edaps-mit-b0", "hrda-mask-rcnn-daformer-mit-b0",
        "edaps-daformer-mit-b0", "edaps-",
        "-mit-b0", "-daformer-mit-b0",
    ])
    func whatIsNotRegisteredIsNoName(text: String) { #expect(NetworkName(text) == nil) }
}
