import NN
import SegmentationModels
import TensorEngine
import WeightFiles
import _TestSupport

/// The decoder of `make_mask2former_fixtures.py`, and the maps of its two images of 44 x 76 pixels at most.
struct TinyMask2Former {
    static let layout = FeaturePyramid.Layout(channels: [6, 8, 10, 12])
    /// The fixture's classes 0, 1 and 2.
    static let things: [UInt8] = [11, 13, 18]

    let fixture: SafeTensorsFile

    init() throws { fixture = try TinyModels.fixture("mask2former_tiny") }

    static var config: Mask2Former.Config {
        var config = Mask2Former.Config()
        config.width = 32
        config.groups = 8
        config.queries = 7
        config.pixelDecoder.layers = 2
        config.pixelDecoder.hidden = 20
        config.transformer.layers = 4
        config.transformer.hidden = 24
        return config
    }

    static func decoder(_ config: Mask2Former.Config = Self.config, seed: UInt64? = nil) -> Mask2Former {
        Mask2Former(config, layout, things: things, classCount: 19, in: ModuleScope(seed: seed))
    }

    /// With the fixture's weights.
    func decoder(_ config: Mask2Former.Config = Self.config) throws -> Mask2Former {
        let decoder = Self.decoder(config)
        for (name, parameter) in decoder.namedParameters { parameter.assign(try fixture.tensor(name)) }
        return decoder
    }

    /// An encoder's maps, as leaves of the tape.
    func pyramid() throws -> FeaturePyramid {
        FeaturePyramid(Self.layout, maps: try (0..<4).map { try fixture.tensor("map\($0)").trackingGradient() })
    }
}
