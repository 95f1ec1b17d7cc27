public import ArgumentParser
public import SegmentationModels

extension NetworkName: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }

    /// Whole networks of one resolution, for errors and help.
    public static var allValueStrings: [String] {
        DecoderRegistry.shared.names.flatMap { decoder in
            EncoderRegistry.shared.names.map { "\(NetworkName(encoder: $0, decoder: decoder))" }
        }
    }
}
