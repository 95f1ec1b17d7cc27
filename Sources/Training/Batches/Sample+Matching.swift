internal import DataLoading
internal import ImageIO
internal import Mixing

extension Sample {
    /// The sample in the colours of another (UDA4Inst, CIELAB).
    func withColors(of other: Sample) -> Sample {
        var image = image
        ColorTransfer(to: other.image).apply(to: &image)
        return withImage(image)
    }
}

extension [Sample] {
    /// The samples in the colours of others.
    ///
    /// - Parameter others: of the same slots.
    func withColors(of others: [Sample]) -> [Sample] {
        precondition(count == others.count, "withColors: \(count) source images, \(others.count) target images")
        return zip(self, others).map { $0.withColors(of: $1) }
    }
}
