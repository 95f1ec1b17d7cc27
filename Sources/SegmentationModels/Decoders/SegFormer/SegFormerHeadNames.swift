/// Names of the head's tensors in each convention. Our own are the original ones.
enum SegFormerHeadNames {
    static let tables: [WeightNames] = [
        .own(anchor: "linear_pred.weight"),
        .renamed(.huggingFace, anchor: "classifier.weight", rename: huggingFace),
    ]

    /// transformers counts stages from 0, and keeps the convolution and its norm side by side.
    private static func huggingFace(_ name: String) -> String {
        let rules = [
            ("linear_fuse.conv.", "linear_fuse."), ("linear_fuse.bn.", "batch_norm."), ("linear_pred.", "classifier."),
        ] + (1...9).map { ("linear_c\($0).", "linear_c.\($0 - 1).") }
        guard let (own, other) = rules.first(where: { name.hasPrefix($0.0) }) else { return name }
        return other + name.dropFirst(own.utf8.count)
    }
}
