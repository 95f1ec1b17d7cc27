/// A place to fill in every step.
struct Place: Sendable, Equatable {
    let domain: SampleDomain
    let slot: Int
}

/// Which samples are to be made, are being made, and are ready.
struct PrefetchQueue {
    typealias Outcome = Result<Sample, DataLoadingError>

    struct Job {
        let place: Place
        let step: Int
        /// Position of the place in a batch.
        let position: Int
        /// Results of jobs from before a jump to another step are thrown away.
        let generation: Int
    }

    private let places: [Place]
    private let depth: Int
    /// The step that is taken next.
    private var step: Int
    /// Samples handed to threads since `step`'s first.
    private var issued = 0
    private var generation = 0
    /// One list a step, from `step` on.
    private var outcomes: [[Outcome?]]
    var isStopped = false

    init(places: [Place], depth: Int, firstStep: Int) {
        self.places = places
        self.depth = depth
        step = firstStep
        outcomes = Self.empty(depth, places.count)
    }

    private static func empty(_ depth: Int, _ count: Int) -> [[Outcome?]] {
        [[Outcome?]](repeating: [Outcome?](repeating: nil, count: count), count: depth)
    }

    /// Starts over at another step than the next.
    mutating func expect(_ step: Int) {
        guard step != self.step else { return }
        self.step = step
        issued = 0
        generation += 1
        outcomes = Self.empty(depth, places.count)
    }

    /// The next sample to make; `.some(nil)` when there will be none, nil when the queue is full.
    mutating func takeJob() -> Job?? {
        if isStopped { return .some(nil) }
        guard issued < depth * places.count else { return nil }
        let (ahead, position) = issued.quotientAndRemainder(dividingBy: places.count)
        issued += 1
        return Job(place: places[position], step: step + ahead, position: position, generation: generation)
    }

    mutating func finish(_ job: Job, _ outcome: Outcome) {
        guard job.generation == generation else { return }
        outcomes[job.step - step][job.position] = outcome
    }

    /// The samples of the next step, once all are ready.
    mutating func takeBatch() -> [Outcome]? {
        let batch = outcomes[0].compactMap { $0 }
        guard batch.count == places.count else { return nil }
        outcomes.removeFirst()
        outcomes.append([Outcome?](repeating: nil, count: places.count))
        step += 1
        issued -= places.count
        return batch
    }
}
