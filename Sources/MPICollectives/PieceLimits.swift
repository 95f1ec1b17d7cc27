/// MPI counts are 32-bit, so what is longer travels in pieces. Equal on all ranks: it is part of how they talk.
package struct PieceLimits: Sendable {
    /// Values in one piece of a collective.
    package var collectiveCount: Int
    /// Bytes in one piece of a message.
    package var messageBytes: Int

    package init(collectiveCount: Int, messageBytes: Int) {
        self.collectiveCount = collectiveCount
        self.messageBytes = messageBytes
    }

    package static let standard = PieceLimits(collectiveCount: 1 << 28, messageBytes: 1 << 30)
}

/// A size as MPI takes it; our callers keep it below 2^31.
func narrow(_ value: Int) -> Int32 {
    guard let narrowed = Int32(exactly: value) else {
        preconditionFailure("MPI: \(value) does not fit 32 bits")
    }
    return narrowed
}
