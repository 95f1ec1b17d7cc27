package import Configuration
public import Randomness

/// The target image alone.
public struct NoMixing: MixingStrategy, Equatable {
    public init() {}

    public func mixture(of pair: MixingPair, using random: inout RandomStream) -> Mixture { Mixture(pair.target) }
}

extension NoMixing: MixingSetting {
    package func makeStrategy(_ facts: MixingFacts, keyPath: String) -> any MixingStrategy { self }
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {}
}
