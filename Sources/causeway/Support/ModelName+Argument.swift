public import ArgumentParser
public import SegmentationModels

extension ModelName: ExpressibleByArgument {}
