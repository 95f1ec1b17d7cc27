extension SegmentationDataset {
    /// Why what needs objects cannot use this set, known from names alone; nil where every labelled image has a file of
    /// objects and the label space has countable classes.
    public var lacksObjects: DatasetError? {
        if let combined = self as? CombinedDataset { return combined.parts.lazy.compactMap(\.lacksObjects).first }
        if let padded = self as? PaddedDataset { return padded.base.lacksObjects }
        if let group = self as? GroupedDataset { return group.base.lacksObjects }
        guard isLabelled else {
            return DatasetError(.missingLabel, "\(name): was opened without labels, so that it has no objects")
        }
        guard !labelSpace.thingTrainIDs.isEmpty else {
            return DatasetError(
                .unsupportedOption,
                "\(name): no class of \(labelSpace.title) is countable, so that it has no objects; say `thing: true` of those "
                    + "whose objects are to be told apart")
        }
        let without = samples.filter { $0.instancePath == nil }
        guard let first = without.first else { return nil }
        let lack =
            without.count == count
            ? "none of its \(count) images has a file of objects (the first is \(first.imagePath))"
            : "\(without.count) of \(count) images have no file of objects, such as \(first.imagePath)"
        return DatasetError(
            .missingLabel,
            "\(name): \(lack); add instance ids or panoptic files, or use a "
                + "method and measures that need no objects")
    }
}
