internal import Basics
internal import Glibc

/// The state of a run for somebody who watches: one line that rewrites itself on a terminal, a plain line every few
/// seconds elsewhere. Rank zero writes it to standard error, results go to standard output.
public struct ProgressLine {
    private let totalSteps: Int
    /// Before the steps.
    private let title: String?
    private let isTerminal: Bool
    private let plainIntervalSeconds: Double
    private var lastPrintSeconds = -Double.infinity
    private var lastWidth = 0

    /// - Parameters:
    ///   - totalSteps: of the whole run.
    ///   - title: of a run that is one of several; nil for none.
    ///   - isTerminal: nil asks standard error.
    ///   - plainIntervalSeconds: least time between two plain lines.
    public init(totalSteps: Int, title: String? = nil, isTerminal: Bool? = nil, plainIntervalSeconds: Double = 10) {
        self.totalSteps = totalSteps
        self.title = title
        self.isTerminal = isTerminal ?? (isatty(STDERR_FILENO) == 1)
        self.plainIntervalSeconds = plainIntervalSeconds
    }

    /// Shows a record. Terminals are rewritten at most ten times a second; the last step is always shown.
    ///
    /// - Parameters:
    ///   - secondsLeft: until the run's end, as far as can be told.
    ///   - now: monotonic seconds; nil asks the clock.
    public mutating func show(_ record: StepRecord, secondsLeft: Double, now: Double? = nil) {
        if let line = update(record, secondsLeft: secondsLeft, now: now ?? MonotonicClock.seconds) {
            StandardError.write(line)
        }
    }

    /// Leaves the line, so that other text starts on a new one; after the last step there is nothing to do.
    public mutating func end() {
        if isTerminal && lastWidth > 0 { StandardError.write("\n") }
        lastWidth = 0
    }

    /// What `show` writes; nil when it is too early for another line.
    package mutating func update(_ record: StepRecord, secondsLeft: Double, now: Double) -> String? {
        let isLast = record.step >= totalSteps
        let interval = isTerminal ? 0.1 : plainIntervalSeconds
        guard isLast || now - lastPrintSeconds >= interval else { return nil }
        lastPrintSeconds = now
        let steps = Self.text(record, totalSteps: totalSteps, secondsLeft: secondsLeft)
        let text = title.map { "\($0): \(steps)" } ?? steps
        guard isTerminal else { return text + "\n" }
        let padding = String(repeating: " ", count: max(0, lastWidth - text.count))
        lastWidth = isLast ? 0 : text.count
        return "\r" + text + padding + (isLast ? "\n" : "")
    }

    /// `step 120/800  loss 1.93 (source 1.20, mix 0.730)  12.4 images/s  ETA 3m20s  peak 512 MiB`
    package static func text(_ record: StepRecord, totalSteps: Int, secondsLeft: Double) -> String {
        let terms = record.losses.map { "\($0.name) \(NumberText.significant($0.value))" }.joined(separator: ", ")
        var parts = [
            "step \(record.step)/\(totalSteps)",
            record.losses.isEmpty
                ? "nothing to learn from"
                : "loss \(NumberText.significant(record.totalLoss))" + (record.losses.count > 1 ? " (\(terms))" : ""),
            "\(NumberText.fixed(record.imagesPerSecond, digits: 1)) images/s",
            "ETA " + NumberText.duration(seconds: secondsLeft),
        ]
        if record.peakMemoryBytes > 0 { parts.append("peak \(record.peakMemoryBytes >> 20) MiB") }
        if record.loaderWaitSeconds >= 0.001 {
            parts.append("wait \(NumberText.fixed(record.loaderWaitSeconds * 1000, digits: 0)) ms")
        }
        if record.skippedSteps > 0 { parts.append("skipped \(record.skippedSteps)") }
        if record.badSamples > 0 { parts.append("bad samples \(record.badSamples)") }
        return parts.joined(separator: "  ")
    }
}
