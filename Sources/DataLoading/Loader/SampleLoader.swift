internal import Basics
internal import Glibc

/// The samples of one step on one rank.
public struct LoadedBatch: Sendable {
    public let step: Int
    /// In the order of the loader's slots; empty when the loader reads no source images.
    public let source: [Sample]
    /// The same for target images.
    public let target: [Sample]
    /// Seconds `next` waited for these samples; near zero once the loader keeps up.
    public let waitSeconds: Double

    package init(step: Int, source: [Sample], target: [Sample], waitSeconds: Double) {
        self.step = step
        self.source = source
        self.target = target
        self.waitSeconds = waitSeconds
    }

    /// Files that were left out for this step.
    public var skipped: [String] { (source + target).flatMap(\.skipped) }
}

/// Prepares the samples of coming steps on threads of its own.
///
/// What `next(step:)` returns depends on the step alone, not on the threads' timing.
public final class SampleLoader {
    public struct Config: Sendable, Equatable {
        /// Global slots this rank needs: a student's own, or those of all students a teacher serves.
        public var slots: [Int]
        public var domains: Set<SampleDomain>
        public var threads: Int
        /// Steps prepared ahead.
        public var depth: Int

        public init(slots: [Int], domains: Set<SampleDomain>, threads: Int = 1, depth: Int = 2) {
            self.slots = slots
            self.domains = domains
            self.threads = threads
            self.depth = depth
        }
    }

    /// What becomes of the source image of a slot beside the target image of that slot.
    public typealias Matching = @Sendable (_ source: Sample, _ target: Sample) -> Sample

    private let queue: Monitor<PrefetchQueue>
    private let sourceCount: Int
    private var threads: [NamedThread] = []

    /// Starts to prepare.
    ///
    /// - Parameters:
    ///   - matching: done on the loader's threads, where both domains are read.
    ///   - firstStep: the first step that will be asked for.
    public init(
        reader: SampleReader, config: Config, matching: Matching? = nil, firstStep: Int = 0
    ) throws(DataLoadingError) {
        precondition(
            config.threads > 0 && config.depth > 0 && !config.slots.isEmpty && !config.domains.isEmpty,
            "SampleLoader: needs threads, depth, slots and domains, got \(config)")
        let places = SampleDomain.allCases.filter(config.domains.contains).flatMap { domain in
            config.slots.map { Place(domain: domain, slot: $0) }
        }
        let matching = config.domains.count == 2 ? matching : nil
        let queue = Monitor(
            PrefetchQueue(places: places, depth: config.depth, firstStep: firstStep, matches: matching != nil))
        self.queue = queue
        sourceCount = config.domains.contains(.source) ? config.slots.count : 0
        for index in 0..<config.threads {
            do throws(ThreadError) {
                threads.append(try NamedThread("loader-\(index)") { Self.work(reader, queue, matching) })
            } catch {
                throw DataLoadingError(.thread, "no thread for the loader: \(error); lower data.prefetchThreads")
            }
        }
    }

    deinit { queue.update { $0.isStopped = true } }

    private static func work(_ reader: SampleReader, _ queue: Monitor<PrefetchQueue>, _ matching: Matching?) {
        while let job = queue.wait(for: { $0.takeJob() }) {
            let result: PrefetchQueue.Outcome
            do {
                result = .success(try reader.sample(job.place.domain, step: job.step, slot: job.place.slot))
            } catch {
                result = .failure(error)
            }
            guard let pair = queue.update({ $0.finish(job, result) }), let matching else { continue }
            let matched = matching(pair.source, pair.target)
            queue.update { $0.finish(pair.job, matched) }
        }
    }

    /// The samples of a step; waits for them if need be.
    ///
    /// Steps are prepared in order; asking for another one than the next starts over from there.
    ///
    /// - Throws: what the first slot that failed threw.
    public func next(step: Int) throws(DataLoadingError) -> LoadedBatch {
        let begin = MonotonicClock.seconds
        queue.update { $0.expect(step) }
        let outcomes = queue.wait { $0.takeBatch() }
        var samples: [Sample] = []
        for outcome in outcomes { samples.append(try outcome.get()) }
        return LoadedBatch(
            step: step, source: Array(samples.prefix(sourceCount)), target: Array(samples.dropFirst(sourceCount)),
            waitSeconds: MonotonicClock.seconds - begin)
    }
}
