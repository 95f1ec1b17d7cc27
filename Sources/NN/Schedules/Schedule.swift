package import Configuration
import Glibc

/// The learning rate of a run, as a factor of the rate each parameter group starts from.
///
///     let schedule = Schedule(decay: .polynomial(power: 1, minimum: 0), totalSteps: 40_000,
///                             warmup: Schedule.Warmup(steps: 1500, ratio: 1e-6))
///     optimizer.learningRate = 6e-5 * schedule.factor(at: step)
///
/// A run may have phases: in each, the rate is that of a run that ends with it. With phases to 40,000 and 50,000 steps
/// it falls to 0 at 40,000, jumps to a fifth of the start and falls to 0 again, as where a run of 40,000 steps goes on
/// to 50,000 (LIDAPS code).
public struct Schedule: Sendable, Equatable {
    /// What the rate does over the whole run.
    public enum Decay: Sendable, Equatable {
        /// Factor 1 throughout.
        case constant
        /// Factor `(1 - m) * (1 - t/T)^power + m` at step `t`, `T` the end of the run, or of the phase.
        ///
        /// DAFormer and its descendants use power 1 and minimum 0 (arXiv:2111.14887, section 4.1).
        ///
        /// - Parameter minimum: the factor `m` at the end of the run, in `0...1`.
        case polynomial(power: Double, minimum: Double)
    }

    /// A linear rise at the beginning, multiplied onto the decay: `1 - (1 - t/steps) * (1 - ratio)` for `t < steps`.
    public struct Warmup: Sendable, Equatable {
        /// Steps until the full rate.
        public var steps: Int
        /// The factor at step 0, in `0...1`.
        public var ratio: Double

        /// - Precondition: `steps >= 0`, `ratio` in `0...1`.
        public init(steps: Int, ratio: Double) {
            precondition(steps >= 0, "Schedule: warm-up steps must not be negative, got \(steps)")
            precondition((0...1).contains(ratio), "Schedule: warm-up ratio must be in 0...1, got \(ratio)")
            self.steps = steps
            self.ratio = ratio
        }

        func factor(at step: Int) -> Double {
            step >= steps ? 1 : 1 - (1 - Double(step) / Double(steps)) * (1 - ratio)
        }
    }

    public var decay: Decay
    public let totalSteps: Int
    public var warmup: Warmup?
    /// Ends of all phases but the last, in steps, ascending.
    private let phaseEnds: [Int]

    /// - Parameters:
    ///   - totalSteps: length of the whole run, also when it is resumed.
    ///   - phaseEnds: of all phases but the last, which ends with the run.
    /// - Precondition: `totalSteps >= 1`; ends ascend, from 1 to before `totalSteps`.
    public init(decay: Decay, totalSteps: Int, warmup: Warmup? = nil, phaseEnds: [Int] = []) {
        precondition(totalSteps >= 1, "Schedule: a run needs at least one step, got \(totalSteps)")
        let ends = [0] + phaseEnds + [totalSteps]
        precondition(
            zip(ends, ends.dropFirst()).allSatisfy(<),
            "Schedule: phases that end at \(phaseEnds) do not lie in \(totalSteps) steps one after another")
        self.decay = decay
        self.totalSteps = totalSteps
        self.warmup = warmup
        self.phaseEnds = phaseEnds
    }

    /// What the starting rate is multiplied with at `step`, counted from 0. After the last step it stays as it ended.
    ///
    /// - Precondition: `step >= 0`.
    public func factor(at step: Int) -> Double {
        precondition(step >= 0, "Schedule: steps are counted from 0, got \(step)")
        let end = phaseEnds.first { step < $0 } ?? totalSteps
        return decayFactor(at: min(step, end), of: end) * (warmup?.factor(at: step) ?? 1)
    }

    private func decayFactor(at step: Int, of totalSteps: Int) -> Double {
        switch decay {
        case .constant: return 1
        case .polynomial(let power, let minimum):
            let rest = 1 - Double(step) / Double(totalSteps)
            return (1 - minimum) * pow(rest, power) + minimum
        }
    }
}

extension Schedule {
    /// The decay and warm-up of DAFormer and its descendants: `lr(t) = lr0 * (1 - t/steps)^power`, for
    /// `t < warmupSteps` additionally times `1 - (1 - t/warmupSteps) * (1 - warmupRatio)`.
    public struct Config: Sendable, Equatable {
        /// Exponent of the decay (DAFormer code: 1).
        public var power = 1.0
        /// Steps of linear warm-up (DAFormer: 1500).
        public var warmupSteps = 1500
        /// Share of the learning rate at step 0 (DAFormer code: 1e-6).
        public var warmupRatio = 1e-6
        /// Steps at which a phase ends and the next begins; in each phase the rate is that of a run that ends with it.
        /// Empty for one phase (LIDAPS: 40,000 of 50,000).
        public var phaseEnds: [Int] = []

        public init() {}
    }

    public init(_ config: Config, totalSteps: Int) {
        self.init(
            decay: .polynomial(power: config.power, minimum: 0), totalSteps: totalSteps,
            warmup: Warmup(steps: config.warmupSteps, ratio: config.warmupRatio), phaseEnds: config.phaseEnds)
    }
}

extension Schedule.Config: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("power", &power, .atLeast(0, atMost: 1000))
        try fields.field("warmupSteps", &warmupSteps, .steps(from: 0))
        try fields.field("warmupRatio", &warmupRatio, .closed(0...1))
        try fields.list("phaseEnds", &phaseEnds, .steps(from: 1), count: 0...1000)
    }
}
