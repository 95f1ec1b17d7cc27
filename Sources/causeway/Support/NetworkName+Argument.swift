public import ArgumentParser
public import SegmentationModels

extension NetworkName: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
