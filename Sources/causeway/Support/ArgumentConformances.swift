public import ArgumentParser
public import Datasets
public import Evaluation
public import NN

// Choices that are spoken on the command line as they are in YAML.

extension ToytownDomain: ExpressibleByArgument {}
extension LabelSpaceKind: ExpressibleByArgument {}
extension LabelIDs: ExpressibleByArgument {}
extension Recomputation: ExpressibleByArgument {}
