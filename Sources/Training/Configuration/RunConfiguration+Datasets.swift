internal import Configuration
internal import DataLoading
internal import Datasets

// Keys of data sets that are right alone and cannot work together.

extension RunConfiguration {
    /// Adds to `faults` what is wrong with the data sets of both domains and of the evaluation.
    ///
    /// - Parameter variable: looks up the environment variables that data folders name.
    func validateDatasets(variable: (String) -> String?, reporting faults: ConfigurationFaults) {
        let checks = [
            validateKind, validateDomain, validateFog, validateAugmentation, validateHeldOut, validateConditions,
        ]
        let datasets = [
            ("data.source", data.source), ("data.target", data.target), ("evaluation.dataset", evaluation.dataset),
        ]
        for case (let keyPath, let dataset?) in datasets {
            for (part, keyPath) in zip(dataset.parts, dataset.partKeyPaths(keyPath)) {
                faults.collect { () throws(ConfigurationError) in
                    _ = try part.expandedRoot(keyPath: keyPath + ".root", variable: variable)
                }
                for check in checks { faults.collect { () throws(ConfigurationError) in try check(part, keyPath) } }
            }
            faults.collect { () throws(ConfigurationError) in try validateCompany(dataset, keyPath) }
        }
    }

    private func validateKind(_ dataset: DatasetConfiguration, _ keyPath: String) throws(ConfigurationError) {
        if dataset.kind != .folder, let key = dataset.folderKey {
            throw .impossible(
                "\(keyPath).\(key)",
                "\(dataset.kind.rawValue) has a layout of its own; remove the key, or use kind: folder")
        }
    }

    private func validateDomain(_ dataset: DatasetConfiguration, _ keyPath: String) throws(ConfigurationError) {
        let isToytown = dataset.kind == .toytown
        guard isToytown == (dataset.domain != nil) else {
            let domains = ToytownDomain.names.joined(separator: ", ")
            throw .impossible(
                keyPath + ".domain",
                isToytown
                    ? "Toytown has several domains; give one of \(domains)"
                    : "only Toytown has domains; remove the key or use kind: toytown")
        }
    }

    private func validateFog(_ dataset: DatasetConfiguration, _ keyPath: String) throws(ConfigurationError) {
        guard dataset.beta == nil || dataset.kind == .foggyCityscapes else {
            throw .impossible(
                keyPath + ".beta",
                "only Foggy Cityscapes has fog to choose; remove the key or use kind: foggy-cityscapes")
        }
    }

    private func validateHeldOut(_ dataset: DatasetConfiguration, _ keyPath: String) throws(ConfigurationError) {
        guard dataset.heldOut == nil || dataset.kind.canHoldOut else {
            throw .impossible(
                keyPath + ".heldOut",
                "\(dataset.kind.rawValue) is not published as training images alone; remove the key, or name the images of a "
                    + "split in a list (kind: folder)")
        }
    }

    private func validateConditions(_ dataset: DatasetConfiguration, _ keyPath: String) throws(ConfigurationError) {
        if let wrong = dataset.conditions.first(where: { !dataset.kind.conditions.contains($0) }) {
            let known = dataset.kind.conditions.map(\.rawValue).joined(separator: ", ")
            throw .impossible(
                keyPath + ".conditions",
                known.isEmpty
                    ? "\(dataset.kind.rawValue) does not sort by conditions; remove the key"
                    : "\(dataset.kind.rawValue) has no condition \(wrong.rawValue); use some of \(known)")
        }
    }

    /// Images whose size changes have one size only once.
    private func validateAugmentation(
        _ dataset: DatasetConfiguration, _ keyPath: String
    ) throws(ConfigurationError) {
        guard let augmentation = dataset.augmentation, augmentation != SampleAugmentation() else { return }
        let path = keyPath + ".augmentation"
        guard !keyPath.hasPrefix("evaluation.") else {
            throw .impossible(
                path, "images are scored as they are; remove the key, and use resize to change their size")
        }
        guard augmentation.longestEdge == nil || augmentation.resizes else {
            throw .impossible(
                "\(path).longestEdge", "limits what shortestEdges does; give shortestEdges, or use resize")
        }
        guard dataset.resize == nil || !augmentation.resizes else {
            throw .impossible(
                "\(path).shortestEdges",
                "images get their size from resize already; remove one of the two (resize: null)")
        }
    }

    /// Data sets that make up a domain together.
    private func validateCompany(_ dataset: DatasetConfiguration, _ keyPath: String) throws(ConfigurationError) {
        if let index = dataset.also.firstIndex(where: { !$0.also.isEmpty }) {
            throw .impossible("\(keyPath).also[\(index)].also", "write all data sets of a domain into one list")
        }
        guard dataset.weight == nil || !dataset.also.isEmpty else {
            throw .impossible("\(keyPath).weight", "there is no other data set to weigh against; name some in also")
        }
        guard keyPath == "evaluation.dataset" else { return }
        if let index = dataset.also.firstIndex(where: { $0.resize != dataset.resize }) {
            throw .impossible(
                "\(keyPath).also[\(index)].resize",
                "all images that are scored pass through the network in one size; give "
                    + "the same resize to all data sets")
        }
        if dataset.shares != nil {
            throw .impossible("\(keyPath).weight", "every image counts the same in scores; remove the weights")
        }
    }
}
