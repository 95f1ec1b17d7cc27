internal import Collectives

/// Tags of the messages between students and teachers.
enum TeacherTag {
    static let weights = 101
    static let labels = 102
}

/// Labels arrived for another step than the student is at: the two loops have come apart.
struct StepMismatch {
    static func error(rank: Int, expected: Int, got: Int) -> CollectiveError {
        CollectiveError(
            .mismatch, operation: "receive pseudo-labels", rank: rank,
            message: "the teacher sent labels of step \(got), the student is at step \(expected); "
                + "both must run the same steps with the same lag")
    }
}

/// Owned bytes that a message under way keeps alive.
final class MessageBuffer {
    let bytes: UnsafeMutableRawBufferPointer

    init(byteCount: Int) { bytes = .allocate(byteCount: byteCount, alignment: 64) }

    convenience init(_ message: [UInt8]) {
        self.init(byteCount: message.count)
        bytes.copyBytes(from: message)
    }

    deinit { bytes.deallocate() }
}
