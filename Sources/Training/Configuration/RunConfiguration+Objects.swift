internal import Configuration
internal import Datasets

extension RunConfiguration {
    /// Whether the network finds objects beside the classes of pixels.
    package var findsObjects: Bool { model.objects != nil }

    /// Whether the network is of the same parts and classes as another setting's; where its weights come from does not
    /// matter.
    public func hasNetwork(of other: RunConfiguration) -> Bool {
        var (own, others) = (model, other.model)
        (own.weights, others.weights) = (nil, nil)
        (own.loads, others.loads) = (.encoder, .encoder)
        return own == others && labelSpace.space.classNames == other.labelSpace.space.classNames
    }
}
