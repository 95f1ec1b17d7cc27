internal import NN
internal import SegmentationModels

extension ModelConfiguration {
    /// Makes the network.
    ///
    /// - Parameters:
    ///   - seed: of the first weights; nil where they are going to be overwritten.
    ///   - loadsWeights: whether the network takes the weights that the configuration names.
    func makeNetwork(seed: UInt64?, loadsWeights: Bool) throws -> SegmentationNetwork {
        var encoder = name.encoderConfig
        encoder.dropPathRate = Float(dropPath)
        var config = SegmentationNetwork.Config(encoder: encoder, classCount: classes, width: headWidth)
        config.head.embedding = headWidth
        config.head.dropoutRate = Float(headDropout)
        config.multiResolution = multiResolution
        let network = SegmentationNetwork(
            config, in: ModuleScope(seed: seed), loadsEncoder: weights != nil && loadsWeights)
        if let weights, loadsWeights {
            let file = try SafeTensorsFile(weights)
            switch loads {
            case .encoder: try NetworkWeights.load(file, into: network.encoder).requireComplete(weights)
            case .network: try NetworkWeights.loadTrained(file, into: network)
            }
        }
        if let layerNormEps {
            network.encoder.epsilons = LayerNormEpsilons(blocks: Float(layerNormEps), embeddings: Float(layerNormEps))
        }
        return network
    }
}
