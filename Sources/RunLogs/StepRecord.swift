package import Basics

/// What one training step, or the mean of several, looked like.
public struct StepRecord: Sendable, Equatable {
    /// One addend of the loss.
    public struct Term: Sendable, Equatable {
        public let name: String
        public let value: Double

        public init(_ name: String, _ value: Double) {
            self.name = name
            self.value = value
        }
    }

    /// Steps finished, from 1.
    public var step: Int
    /// Means over all students, in the order of the method.
    public var losses: [Term]
    /// Learning rate of the encoder.
    public var learningRate: Double
    /// Source images of all students.
    public var imagesPerSecond: Double
    /// Seconds a step that the slowest student waited for its loader.
    public var loaderWaitSeconds: Double
    /// Largest memory of tensors on one rank so far.
    public var peakMemoryBytes: Int
    /// How often the tensors of one rank asked the system for memory since the record before: 0 once warm.
    public var systemAllocations: Int
    /// Steps without an update so far, because a loss was not finite.
    public var skippedSteps: Int
    /// Unreadable samples passed over so far.
    public var badSamples: Int
    /// Whatever else the method reports, such as the share of confident pixels.
    public var extras: [Term]

    public init(
        step: Int, losses: [Term], learningRate: Double, imagesPerSecond: Double, loaderWaitSeconds: Double = 0,
        peakMemoryBytes: Int = 0, systemAllocations: Int = 0, skippedSteps: Int = 0, badSamples: Int = 0,
        extras: [Term] = []
    ) {
        self.step = step
        self.losses = losses
        self.learningRate = learningRate
        self.imagesPerSecond = imagesPerSecond
        self.loaderWaitSeconds = loaderWaitSeconds
        self.peakMemoryBytes = peakMemoryBytes
        self.systemAllocations = systemAllocations
        self.skippedSteps = skippedSteps
        self.badSamples = badSamples
        self.extras = extras
    }

    /// Sum of the loss terms.
    public var totalLoss: Double { losses.reduce(0) { $0 + $1.value } }

    /// The members of the record's line in `log.jsonl`, after `step` and `event`.
    package var members: [(String, JSONValue)] {
        let loss: [(String, JSONValue)] =
            [("loss", .number(totalLoss))] + losses.map { ("loss." + $0.name, .number($0.value)) }
        let state: [(String, JSONValue)] = [
            ("learningRate", .number(learningRate)), ("imagesPerSecond", .number(imagesPerSecond)),
            ("loaderWaitSeconds", .number(loaderWaitSeconds)), ("peakMemoryBytes", .integer(peakMemoryBytes)),
            ("systemAllocations", .integer(systemAllocations)), ("skippedSteps", .integer(skippedSteps)),
            ("badSamples", .integer(badSamples)),
        ]
        return loss + state + extras.map { ($0.name, .number($0.value)) }
    }
}

extension [StepRecord.Term] {
    /// Adds those of a step. One that a step leaves out, as a pass that it skips, counts 0 in it: so the terms of a
    /// line add up to its loss.
    public mutating func add(_ terms: [(name: String, value: Double)]) {
        for (name, value) in terms {
            if let index = firstIndex(where: { $0.name == name }) {
                self[index] = .init(name, self[index].value + value)
            } else {
                append(.init(name, value))
            }
        }
    }
}
