package import Datasets

/// What a user should know about the images of a run before it begins: files that are not read, and images that appear
/// in two places. Nothing here is an error.
package struct DataNotices {
    let source: any SegmentationDataset
    let target: (any SegmentationDataset)?
    let evaluation: (any SegmentationDataset)?

    /// One sentence each.
    var sentences: [String] {
        let datasets = [source, target, evaluation].compactMap { $0 }
        return datasets.compactMap { $0.passedOver.notice(of: $0.name) } + Self.shared(source, target, evaluation)
    }

    /// Images that are used twice.
    package static func shared(
        _ source: (any SegmentationDataset)?, _ target: (any SegmentationDataset)?,
        _ evaluation: (any SegmentationDataset)?
    ) -> [String] {
        var sentences: [String] = []
        if let source, let target, target.showsTheImages(of: source) {
            sentences.append("data.target has the same images as data.source: there is no other domain to adapt to")
        }
        if let source, let evaluation, evaluation.showsTheImages(of: source) {
            sentences.append(
                "evaluation.dataset has the same images as data.source: scores are of images that are learnt")
        }
        return sentences
    }
}
