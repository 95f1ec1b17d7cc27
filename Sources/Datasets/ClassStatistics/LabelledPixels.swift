internal import ImageIO

/// Labels that say nothing are formally good, and train or score a network on nothing: they are told apart here.
extension SegmentationDataset {
    /// Labels that are looked at before a set is held to have no labelled pixel, evenly spread over it.
    public static var probedLabels: Int { 256 }

    /// Looks for a labelled pixel, mostly in one label: the first that has one ends the search.
    ///
    /// Labels that cannot be read are passed over: whoever needs them will say so.
    ///
    /// - Parameters:
    ///   - trainIDs: of the classes that count; nil for all.
    ///   - remedy: what to do; ends the error's message.
    /// - Throws: `noLabelledPixel` when none of the labels that were looked at has one.
    public func requireLabelledPixels(of trainIDs: [Int]? = nil, remedy: String) throws(DatasetError) {
        let wanted =
            trainIDs.map { ids in (0..<256).map { ids.contains($0) } }
            ?? (0..<256).map { $0 != Int(LabelSpace.ignoreLabel) }
        let looks = min(count, Self.probedLabels)
        var first: String?
        for look in 0..<looks {
            let index = look * count / looks
            guard let path = samples[index].labelPath, let labels = try? loadLabels(index) else { continue }
            if zip(labels.valueCounts, wanted).contains(where: { $0 > 0 && $1 }) { return }
            first = first ?? path
        }
        guard let first else { return }
        throw .noLabelledPixel(first, of: self, looks: looks, isOfSomeClasses: trainIDs != nil, remedy: remedy)
    }
}

extension DatasetError {
    fileprivate static func noLabelledPixel(
        _ file: String, of dataset: any SegmentationDataset, looks: Int, isOfSomeClasses: Bool, remedy: String
    ) -> DatasetError {
        let all =
            looks == dataset.count
            ? "all \(looks) labels of \(dataset.name)"
            : "all \(looks) that were looked at of the \(dataset.count) labels of \(dataset.name)"
        let what = isOfSomeClasses ? "no pixel of the classes asked for" : "no labelled pixel"
        return DatasetError(.noLabelledPixel, "\(file): like \(all) it has \(what); \(remedy)")
    }

    /// As above, for labels that were all counted.
    public static func noLabelledPixel(of dataset: any SegmentationDataset, remedy: String) -> DatasetError {
        noLabelledPixel(
            dataset.samples.first?.labelPath ?? dataset.name, of: dataset, looks: dataset.count, isOfSomeClasses: false,
            remedy: remedy)
    }
}
