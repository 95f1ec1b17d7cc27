/// Tags of the messages between students and teachers.
enum TeacherTag {
    static let weights = 101

    /// What a labeler says, in its part of known length and in that of varying length.
    static func answer(ofLabeler labeler: Int) -> (first: Int, second: Int) { (102 + 2 * labeler, 103 + 2 * labeler) }
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
