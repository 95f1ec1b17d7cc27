public import TensorEngine

/// A part of a run with a state of its own, which it must find again when the run goes on: weights and optimiser, a
/// teacher, a bank of features, a pool of objects.
///
/// `visit` names every piece once. What is saved, what is loaded, and what a checkpoint must hold all follow from it,
/// so that a piece which is saved and not loaded, or the other way round, cannot be written.
public protocol CheckpointPart: AnyObject {
    /// What errors call it, such as "the teacher".
    var partName: String { get }
    /// Names every piece of the state with the place where it lies.
    func visit(_ state: inout PartState) throws(CheckpointError)
    /// Remembers the state from before a step, where a device may fail in the middle of one.
    func rememberStep()
    /// Takes back what the step since `rememberStep()` has changed, before the optimizer has changed anything.
    func takeBackStep()
}

/// Walks over the pieces of parts: writes them, reads them, or only lists them.
///
/// Ranks that have a part alike (all students, or all teachers) are told apart by their place among them. Keys are
/// those of the checkpoint, so no two parts may use the same: `CheckpointParts.sharedKey` finds those that do.
public struct PartState {
    /// Which of the ranks that keep the same parts this one is.
    public struct Place: Sendable, Equatable {
        public var index: Int
        public var count: Int

        public init(index: Int, count: Int) {
            precondition((0..<count).contains(index), "PartState: place \(index) of \(count)")
            self.index = index
            self.count = count
        }
    }

    enum Mode {
        /// - tensors: the place of this rank among those that write what all have alike; nil where the memory of its
        ///   device cannot be read: then it writes what lies with the host, for slots, alone.
        case saving(tensors: Place?)
        /// - students: that saved the checkpoint.
        case listing(students: Int)
        case loading(Checkpoint, students: Int)
    }

    let place: Place
    private let mode: Mode
    private var isListing: Bool { if case .listing = mode { true } else { false } }
    private var part = ""
    /// Tensors that this rank writes.
    private(set) var entries: [CheckpointEntry] = []
    /// Whole numbers as text, by key.
    private(set) var texts: [String: String] = [:]
    /// Every key of this rank with the part that keeps it, in the order in which they were named. Only a list may name
    /// one twice.
    private(set) var claims: [(key: String, part: String)] = []
    private var keys: Set<String> = []

    init(_ mode: Mode, _ place: Place) {
        self.mode = mode
        self.place = place
    }

    mutating func visit(_ parts: [any CheckpointPart]) throws(CheckpointError) {
        for part in parts {
            self.part = part.partName
            try part.visit(&self)
        }
    }

    private mutating func own(_ key: String) {
        claims.append((key, part))
        precondition(keys.insert(key).inserted || isListing, "CheckpointPart: two parts keep '\(key)', one is \(part)")
    }
}

// MARK: - Pieces

extension PartState {
    /// A tensor that all ranks with this part have alike: each writes a piece of it.
    public mutating func tensor(_ key: String, _ values: Tensor) throws(CheckpointError) {
        own(key)
        switch mode {
        case .saving(let writers):
            guard let writers else { return }
            entries.append(CheckpointEntry(key, values, part: writers.index, of: writers.count))
        case .listing: break
        case .loading(let checkpoint, _): try checkpoint.load(key, into: values)
        }
    }

    /// A tensor that every student has its own of, under `student.<index>.<name>`. Where more students go on than
    /// saved, they take those that there are in turn.
    ///
    /// - Parameters:
    ///   - read: the values now; they may be a copy.
    ///   - assign: overwrites the values with others of the same shape.
    public mutating func studentTensor(
        _ name: String, read: () -> Tensor, assign: (Tensor) -> Void
    ) throws(CheckpointError) {
        func key(_ student: Int) -> String { "student.\(student).\(name)" }
        switch mode {
        case .saving(let writers):
            guard let writers else { return }
            own(key(writers.index))
            entries.append(CheckpointEntry(key(writers.index), read()))
        case .listing(let students): for student in 0..<students { own(key(student)) }
        case .loading(let checkpoint, let students):
            let values = read()
            try checkpoint.load(key(place.index % students), into: values)
            assign(values)
        }
    }

    /// A whole number that all ranks with this part have alike.
    public mutating func number(
        _ key: String, _ value: inout Int, in range: ClosedRange<Int> = 0...Int.max
    ) throws(CheckpointError) {
        own(key)
        switch mode {
        case .saving(let writers): if writers != nil { texts[key] = "\(value)" }
        case .listing: break
        case .loading(let checkpoint, _): value = try checkpoint.number(key, in: range)
        }
    }

    /// State of the slots of the global batch: whoever has a slot keeps what belongs to it, so that any number of
    /// students goes on with the same. Slot `s` is kept under `<key>.<s>`, as many numbers as it has.
    ///
    /// - Parameters:
    ///   - slots: of this rank; over all ranks with this part those of the whole global batch, each once.
    ///   - values: one list a slot, in the order of `slots`.
    public mutating func slots(
        _ key: String, _ slots: Range<Int>, _ values: inout [[Float]]
    ) throws(CheckpointError) {
        precondition(values.count == slots.count, "PartState: \(values.count) lists for \(slots.count) slots")
        for (position, slot) in slots.enumerated() {
            let key = "\(key).\(slot)"
            own(key)
            switch mode {
            case .saving: entries.append(CheckpointEntry(key, values[position]))
            case .listing: break
            case .loading(let checkpoint, _): values[position] = try checkpoint.floats(key)
            }
        }
    }
}

extension Checkpoint {
    /// A whole number that a run stored.
    ///
    /// - Throws: `.damaged` where there is none, or it is not written as runs do or out of range.
    package func number(_ key: String, in range: ClosedRange<Int>) throws(CheckpointError) -> Int {
        guard let text = state[key] else {
            throw CheckpointError(
                .damaged, path: path,
                "lacks '\(key)': it was not saved by a training run, or is damaged; use another checkpoint")
        }
        guard let value = Int(text), range.contains(value), "\(value)" == text else {
            throw CheckpointError(
                .damaged, path: path,
                "says '\(key)' is '\(text)', which must be from \(range.lowerBound) to \(range.upperBound); use "
                    + "another checkpoint")
        }
        return value
    }
}
