/// The clock of a device whose calls return before their work is done: what the host measures there is how long it takes
/// to tell, not to do.
package protocol WorkClock: Sendable {
    /// Notes the moment at which everything told so far is done, without waiting for it.
    func mark() -> WorkMark
    /// Waits for the marks, which are in the order they were made, and gives them back.
    ///
    /// - Returns: seconds of each since the first.
    func seconds(of marks: [WorkMark]) -> [Double]
}

/// A moment in the work of a device; good for one reading.
package struct WorkMark: Sendable {
    package let number: Int

    package init(number: Int) { self.number = number }
}

package protocol TimingKernels {
    /// `nil` where calls have done their work when they return, so that the host's clock is right.
    var workClock: (any WorkClock)? { get }
}

extension TimingKernels {
    package var workClock: (any WorkClock)? { nil }
}

extension WorkClock {
    /// Seconds that the work takes which `body` tells.
    package func seconds(of body: () -> Void) -> Double {
        let start = mark()
        body()
        return seconds(of: [start, mark()])[1]
    }
}
