public import ArgumentParser
internal import Configuration
public import SegmentationModels

extension NetworkName: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }

    /// Whole networks of one resolution, for errors and help.
    public static var allValueStrings: [String] {
        EncoderRegistry.shared.names.flatMap { wholes(on: $0) }.map { "\($0)" }
    }
}
