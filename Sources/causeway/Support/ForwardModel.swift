internal import ArgumentParser
internal import SegmentationModels
internal import TextEncoders

/// Every network that `causeway forward` runs.
enum ForwardModel: ExpressibleByArgument {
    case segmentation(ModelName)
    case text(CLIPTextTowerName)

    init?(argument: String) {
        if let name = ModelName(rawValue: argument) {
            self = .segmentation(name)
        } else if let name = CLIPTextTowerName(rawValue: argument) {
            self = .text(name)
        } else {
            return nil
        }
    }

    static var allValueStrings: [String] {
        ModelName.allCases.map(\.rawValue) + CLIPTextTowerName.allCases.map(\.rawValue)
    }
}
