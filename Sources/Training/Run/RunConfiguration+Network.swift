internal import Configuration
internal import Datasets
internal import NN
package import SegmentationModels
internal import WeightFiles

extension RunConfiguration {
    /// A head that is taken over must be of the classes of the run.
    ///
    /// - Throws: `ConfigurationError` where the file of weights says that it is of others.
    func requireClassesOfWeights() throws {
        guard model.loads == .network, let path = model.weights else { return }
        try TrainedClasses(WeightsFile.open(path))?.require(labelSpace.space)
    }

    /// Makes the network.
    ///
    /// - Parameters:
    ///   - seed: of the first weights; nil where they are going to be overwritten.
    ///   - loadsWeights: whether the network takes the weights that the configuration names.
    package func makeNetwork(seed: UInt64?, loadsWeights: Bool) throws -> SegmentationNetwork {
        try makeReportedNetwork(seed: seed, loadsWeights: loadsWeights).network
    }

    /// Makes the network, and tells what it took from the file of weights; nil where there is none.
    func makeReportedNetwork(
        seed: UInt64?, loadsWeights: Bool
    ) throws -> (network: SegmentationNetwork, report: LoadReport?) {
        let made = try model.makeReportedNetwork(
            seed: seed, loadsWeights: loadsWeights, things: labelSpace.space.thingTrainIDs.map { UInt8($0) })
        if !data.group.isEmpty { made.network.objectDecoder?.soughtThings = Set(try groupTrainIDs.map { UInt8($0) }) }
        return made
    }
}

extension ModelConfiguration {
    /// - Parameter things: train ids of the classes whose objects are found.
    fileprivate func makeReportedNetwork(
        seed: UInt64?, loadsWeights: Bool, things: [UInt8]
    ) throws -> (network: SegmentationNetwork, report: LoadReport?) {
        let config = SegmentationNetwork.Config(
            encoder: encoder.config, decoder: decoder?.config, classCount: classes,
            objects: objects.map { ($0.config, things) }, multiResolution: multiResolution,
            textProjection: textProjection)
        let network = SegmentationNetwork(
            config, in: ModuleScope(seed: seed), loadsEncoder: weights != nil && loadsWeights)
        try ModuleCensus.check(network)
        let report = try loadsWeights ? weights.map { try load($0, into: network) } : nil
        if let layerNormEps {
            guard network.epsilons != nil else {
                throw ConfigurationError(
                    .impossibleCombination, keyPath: "model.layerNormEps",
                    "the encoder '\(encoder.name)' has no layer norms whose epsilon differs between programs; remove the key"
                )
            }
            network.epsilons = LayerNormEpsilons(blocks: Float(layerNormEps), embeddings: Float(layerNormEps))
        }
        return (network, report)
    }

    private func load(_ path: String, into network: SegmentationNetwork) throws -> LoadReport {
        let file = try WeightsFile.open(path)
        switch loads {
        case .encoder:
            var report = try NetworkWeights.load(file, into: network.encoder)
            try report.requireComplete()
            report.addDrawn(of: network, filled: network.encoder)
            return report
        case .network: return try NetworkWeights.loadTrained(file, into: network)
        }
    }
}
