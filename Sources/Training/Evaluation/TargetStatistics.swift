internal import Basics
internal import Configuration
public import Collectives
internal import Datasets
internal import Evaluation
internal import ImageIO
internal import NN
public import SegmentationModels

/// BatchNorm statistics of a network for the target domain, from the unlabelled images of a configuration
/// (`evaluation.targetStatisticsImages`).
public enum TargetStatistics {
    /// Images that pass through the network together; layers normalise by the statistics of these.
    private static let batchSize = 4

    /// Runs `body` while the networks have the target's statistics; afterwards they have their own again. Collective.
    public static func apply<Result>(
        to networks: some Collection<SegmentationNetwork>, _ configuration: RunConfiguration, world: any ProcessGroup,
        _ body: () throws -> Result
    ) throws -> Result {
        guard let first = networks.first else { return try body() }
        return try apply(to: first, configuration, world: world) {
            try apply(to: networks.dropFirst(), configuration, world: world, body)
        }
    }

    private static func apply<Result>(
        to network: SegmentationNetwork, _ configuration: RunConfiguration, world: any ProcessGroup,
        _ body: () throws -> Result
    ) throws -> Result {
        let own = BufferSnapshot(of: network)
        defer { own.restore() }
        var estimator = BatchStatisticsEstimator(network)
        let batches = try batches(configuration, world)
        let progress = world.rank == 0
            ? CountProgress("target statistics", total: batches.count, of: "batches", ending: .vanishes) : nil
        for (index, batch) in batches.enumerated() {
            for images in bySize(try batch()) {
                estimator.observe(ImagePredictor.normalized(images)) { _ = network($0, in: $1) }
            }
            progress?.show(index + 1)
        }
        try world.allReduce(&estimator.sums, .sum)
        estimator.apply()
        return try body()
    }

    /// This rank's batches, read when called. Images lie evenly spaced over the data set.
    private static func batches(
        _ configuration: RunConfiguration, _ world: any ProcessGroup
    ) throws -> [() throws -> [RGBImage]] {
        guard let target = configuration.data.target else {
            throw ConfigurationError(
                .missingKey, keyPath: "data.target",
                "statistics are re-estimated on target images; give data.target.root")
        }
        let dataset = try target.open(
            keyPath: "data.target", readsLabels: false, labelSpace: configuration.labelSpace.space)
        var facts = RankFacts()
        facts.append(filesOf: dataset, in: try target.expandedRoots(keyPath: "data.target"), "data.target")
        try world.requireSame(facts)
        let count = min(dataset.count, max(1, configuration.evaluation.targetStatisticsImages))
        let indices = (0..<count).map { $0 * dataset.count / count }
        let rule = target.resizeRule
        let starts = stride(from: world.rank * batchSize, to: count, by: world.size * batchSize)
        return starts.map { start in
            {
                try indices[start..<min(start + batchSize, count)].map { index in
                    rule(DecodedImage(whole: try dataset.loadImage(index)))
                }
            }
        }
    }

    /// A pass takes images of one size: neighbours of equal size together, in order.
    private static func bySize(_ images: [RGBImage]) -> [[RGBImage]] {
        var parts: [[RGBImage]] = []
        for image in images {
            if let last = parts.last?.first, last.height == image.height, last.width == image.width {
                parts[parts.count - 1].append(image)
            } else {
                parts.append([image])
            }
        }
        return parts
    }
}
