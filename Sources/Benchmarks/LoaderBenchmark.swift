internal import Basics
internal import Collectives
internal import DataLoading
internal import Mixing
public import Training

/// How long one process takes to prepare the images of a setting, without prefetching.
public struct LoaderBenchmark: Sendable {
    /// One kind of work.
    public struct Row: Sendable {
        public let name: String
        /// Images the mean is over.
        public let images: Int
        /// Mean time of one image; 0 for no images.
        public let secondsPerImage: Double

        init(_ name: String, _ times: [Double]) {
            self.name = name
            images = times.count
            secondsPerImage = times.isEmpty ? 0 : times.reduce(0, +) / Double(times.count)
        }
    }

    public private(set) var rows: [Row] = []
    private let data: TrainingData
    private let configuration: RunConfiguration

    /// Reads `images` samples of each domain, and builds their batches.
    ///
    /// - Throws: what opening and reading the data throws.
    public init(_ configuration: RunConfiguration, images: Int) throws {
        self.configuration = configuration
        data = try TrainingData(configuration, globalBatch: 1, world: SingleProcessGroup())
        let source = try measureReading(.source, images)
        rows.append(Row("source batch", source.map { sample in Self.seconds { _ = batches.sourceBatch([sample]) } }))
        guard data.reader.target != nil else { return }
        let target = try measureReading(.target, images)
        rows.append(Row("mixed batch", zip(source, target).map { source, target in mixingSeconds(source, target) }))
    }

    private var batches: BatchBuilder { BatchBuilder(seed: configuration.seed) }

    private mutating func measureReading(_ domain: SampleDomain, _ images: Int) throws -> [Sample] {
        var samples: [Sample] = []
        var decoded: [Double] = []
        var shared: [Double] = []
        for step in 0..<images {
            let before = data.reader.store.statistics.decoded
            let seconds = try Self.seconds { samples.append(try data.reader.sample(domain, step: step, slot: 0)) }
            if data.reader.store.statistics.decoded > before { decoded.append(seconds) } else { shared.append(seconds) }
        }
        rows.append(Row("\(domain.rawValue), decoded", decoded))
        rows.append(Row("\(domain.rawValue), from the store", shared))
        return samples
    }

    /// The source's own labels stand for pseudo-labels.
    private func mixingSeconds(_ source: Sample, _ target: Sample) -> Double {
        guard let labels = source.annotation else { return 0 }
        return Self.seconds {
            _ = batches.mixedBatch(
                source: [source], target: [target], pseudoLabels: [labels], confidentShare: 1,
                classes: ClassPresence(of: [source]).classes)
        }
    }

    private static func seconds(_ work: () throws -> Void) rethrows -> Double {
        try ContinuousClock().measure(work).inSeconds
    }
}
