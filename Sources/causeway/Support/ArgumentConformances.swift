public import ArgumentParser
public import Datasets

// Choices that are spoken on the command line as they are in YAML.

extension ToytownDomain: ExpressibleByArgument {}
extension LabelSpaceKind: ExpressibleByArgument {}
