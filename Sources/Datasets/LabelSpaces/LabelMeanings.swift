extension SegmentationDataset {
    /// What the numbers in its label files mean, by kind of file: a hash that differs wherever a pixel would be read as
    /// another class. Empty where no labels are read.
    package var labelMeanings: [String] {
        if let combined = self as? CombinedDataset { return combined.parts.flatMap(\.labelMeanings) }
        if let padded = self as? PaddedDataset { return padded.base.labelMeanings }
        guard let files = self as? any FileDataset else { return [] }
        if let panoptic = files.panoptic { return [panoptic.meaning] }
        let table = files.instanceTable?.meaning
        if let table, files.instanceTable?.paintsClasses == true { return [table] }
        var meanings: [String: String] = table.map { ["": $0] } ?? [:]
        for path in samples.compactMap(\.labelPath) {
            let encoding = files.labelEncoding(of: path)
            if meanings[encoding.name] == nil { meanings[encoding.name] = encoding.fingerprint }
        }
        return meanings.values.sorted()
    }
}
