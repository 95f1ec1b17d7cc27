extension SegmentationDataset {
    /// Looks into the first image of each data set that this one is made of: one without objects is not to be noticed after
    /// hours.
    ///
    /// Files that cannot be read are passed over: whoever needs them will say so.
    ///
    /// - Parameter user: what needs objects, for the error.
    /// - Throws: `missingLabel` where an image has no file of objects.
    public func requireObjects(for user: String) throws(DatasetError) {
        let parts: [any SegmentationDataset] = (self as? CombinedDataset)?.parts ?? [self]
        for part in parts {
            guard let sample = part.samples.first else { continue }
            do throws(DatasetError) {
                guard try part.loadObjects(0) == nil else { continue }
            } catch { continue }
            throw DatasetError(
                .missingLabel,
                "\(sample.imagePath): has no file of objects, which \(user) needs; give \(part.name) its instance ids, or take "
                    + "a data set that has them")
        }
    }
}
