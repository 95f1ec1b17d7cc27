package import DataLoading
internal import ImageIO
internal import Mixing

extension LoadedBatch {
    /// The batch with every source image in the colours of the target image of its slot (UDA4Inst, CIELAB).
    package func transferringColors() -> LoadedBatch {
        LoadedBatch(step: step, source: source.withColors(of: target), target: target, waitSeconds: waitSeconds)
    }
}

extension [Sample] {
    /// The samples in the colours of others.
    ///
    /// - Parameter others: of the same slots.
    func withColors(of others: [Sample]) -> [Sample] {
        precondition(count == others.count, "LoadedBatch: \(count) source images, \(others.count) target images")
        return zip(self, others).map { sample, other in
            var image = sample.image
            ColorTransfer(to: other.image).apply(to: &image)
            return sample.withImage(image)
        }
    }
}
