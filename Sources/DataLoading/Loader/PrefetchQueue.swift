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

    /// A source and a target sample of one slot, of which whoever finished the later one makes the source sample.
    struct Pair {
        let job: Job
        let source: Sample
        let target: Sample
    }

    private enum State {
        case missing
        /// A sample that waits for the other one of its slot.
        case alone(Sample)
        case ready(Outcome)
    }

    private let places: [Place]
    /// Whether source samples are made out of pairs; then places are those of all source slots and of all target slots.
    private let matches: Bool
    private let depth: Int
    /// The step that is taken next.
    private var step: Int
    /// Samples handed to threads since `step`'s first.
    private var issued = 0
    private var generation = 0
    /// One list a step, from `step` on.
    private var states: [[State]]
    var isStopped = false

    init(places: [Place], depth: Int, firstStep: Int, matches: Bool) {
        self.places = places
        self.matches = matches
        self.depth = depth
        step = firstStep
        states = Self.empty(depth, places.count)
    }

    private static func empty(_ depth: Int, _ count: Int) -> [[State]] {
        [[State]](repeating: [State](repeating: .missing, count: count), count: depth)
    }

    /// Starts over at another step than the next.
    mutating func expect(_ step: Int) {
        guard step != self.step else { return }
        self.step = step
        issued = 0
        generation += 1
        states = Self.empty(depth, places.count)
    }

    /// The next sample to make; `.some(nil)` when there will be none, nil when the queue is full.
    mutating func takeJob() -> Job?? {
        if isStopped { return .some(nil) }
        guard issued < depth * places.count else { return nil }
        let (ahead, position) = issued.quotientAndRemainder(dividingBy: places.count)
        issued += 1
        return Job(place: places[position], step: step + ahead, position: position, generation: generation)
    }

    /// Takes what a job made.
    ///
    /// - Returns: the pair that this completes, where source samples are made of pairs: whoever gets it does that.
    mutating func finish(_ job: Job, _ outcome: Outcome) -> Pair? {
        guard job.generation == generation else { return nil }
        let row = job.step - step
        // An error ends the step, so its other sample need not wait.
        guard matches, case .success(let sample) = outcome else {
            states[row][job.position] = .ready(outcome)
            return nil
        }
        let other = (job.position + places.count / 2) % places.count
        switch states[row][other] {
        case .missing:
            states[row][job.position] = .alone(sample)
            return nil
        case .ready:
            states[row][job.position] = .ready(outcome)
            return nil
        case .alone(let partner):
            let isSource = places[job.position].domain == .source
            let (source, target) = isSource ? (sample, partner) : (partner, sample)
            let place = isSource ? job.position : other
            states[row][isSource ? other : job.position] = .ready(.success(target))
            return Pair(
                job: Job(place: places[place], step: job.step, position: place, generation: generation),
                source: source, target: target)
        }
    }

    /// Takes the source sample of a pair.
    mutating func finish(_ job: Job, _ matched: Sample) {
        guard job.generation == generation else { return }
        states[job.step - step][job.position] = .ready(.success(matched))
    }

    /// The samples of the next step, once all are ready.
    mutating func takeBatch() -> [Outcome]? {
        var batch: [Outcome] = []
        for state in states[0] {
            switch state {
            case .missing: return nil
            case .ready(let outcome): batch.append(outcome)
            case .alone(let sample):
                // Where its partner failed, it stands for itself.
                guard hasFailure(ofPartnerAt: batch.count) else { return nil }
                batch.append(.success(sample))
            }
        }
        states.removeFirst()
        states.append([State](repeating: .missing, count: places.count))
        step += 1
        issued -= places.count
        return batch
    }

    private func hasFailure(ofPartnerAt position: Int) -> Bool {
        if case .ready(.failure) = states[0][(position + places.count / 2) % places.count] { true } else { false }
    }
}
