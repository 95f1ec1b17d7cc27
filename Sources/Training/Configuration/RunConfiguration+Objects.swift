internal import Configuration

extension RunConfiguration {
    /// Whether the network finds objects beside the classes of pixels.
    package var findsObjects: Bool { model.objects != nil }
}
