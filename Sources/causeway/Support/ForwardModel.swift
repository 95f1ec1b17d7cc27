internal import ArgumentParser
internal import Configuration
internal import SegmentationModels
internal import TextEncoders

/// Every network that `causeway forward` runs.
enum ForwardModel: ExpressibleByArgument {
    case segmentation(NetworkName)
    case text(CLIPTextTowerName)

    init?(argument: String) {
        if let name = NetworkName(argument) {
            self = .segmentation(name)
        } else if let name = CLIPTextTowerName(rawValue: argument) {
            self = .text(name)
        } else {
            return nil
        }
    }

    /// Encoders, one name of a whole network for each decoder, and text towers: an error shows them.
    static var allValueStrings: [String] {
        let encoders = EncoderRegistry.shared.names
        let networks = NetworkName.wholes(on: encoders[0]).map { "\($0)" }
        return encoders + networks + CLIPTextTowerName.allCases.map(\.rawValue)
    }
}
