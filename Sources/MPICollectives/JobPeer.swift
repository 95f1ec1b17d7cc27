internal import CMPI
internal import Glibc

/// What a rank knows of another one of its job.
struct JobPeer {
    let rank: Int
    /// When something came from it last, on the monotonic clock; 0 for never.
    private(set) var lastHeard = 0
    /// When it was last known to work or to have done more than before.
    private(set) var lastProgress = 0
    /// What it waits in.
    private(set) var operation = ""
    private var progress = -1
    private var askedAt = 0
    /// Whether a question is unanswered.
    private var isAsked = false
    private let question = JobMailbox()
    private let answer = JobMailbox()

    init(rank: Int) { self.rank = rank }

    mutating func hear(_ message: JobMessage, _ now: Int) {
        lastHeard = now
        guard !message.isQuestion else { return }
        isAsked = false
        if !message.isWaiting || message.progress != progress { lastProgress = now }
        progress = message.progress
        operation = message.text
    }

    /// Asks, unless an answer is outstanding or came lately.
    mutating func ask(on communicator: MPI_Comm?, _ now: Int, interval: Int) {
        guard !isAsked, now - askedAt >= interval else { return }
        guard
            question.send(JobMessage(isQuestion: true, isWaiting: true, progress: 0, text: ""), to: rank, communicator)
        else { return }
        isAsked = true
        askedAt = now
    }

    func answer(_ message: JobMessage, on communicator: MPI_Comm?) {
        // While an earlier answer has not left, it will do.
        _ = answer.send(message, to: rank, communicator)
    }
}

/// A question whether a rank is there, or the answer.
struct JobMessage {
    static let byteCount = 64
    private static let questionTag: Int32 = 1
    private static let answerTag: Int32 = 2

    let isQuestion: Bool
    let isWaiting: Bool
    let progress: Int
    /// Cut to the room that a message has.
    let text: String

    var tag: Int32 { isQuestion ? Self.questionTag : Self.answerTag }

    func write(to bytes: UnsafeMutableRawBufferPointer) {
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        bytes.storeBytes(of: Int64(progress), as: Int64.self)
        bytes[8] = isWaiting ? 1 : 0
        for (index, byte) in text.utf8.prefix(Self.byteCount - 9).enumerated() { bytes[9 + index] = byte }
    }

    /// The next message that waits on a communicator, with its sender. An error of the library counts as silence.
    static func take(from communicator: MPI_Comm?) -> (source: Int, message: JobMessage)? {
        withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 8) { bytes in
            var source: Int32 = -1
            var tag: Int32 = 0
            let code = cmpi_take_any(bytes.baseAddress, Int32(byteCount), communicator, &source, &tag)
            guard code == MPI_SUCCESS, source >= 0 else { return nil }
            let text = String(decoding: bytes[9...].prefix { $0 != 0 }, as: UTF8.self)
            return (
                Int(source),
                JobMessage(
                    isQuestion: tag == questionTag, isWaiting: bytes[8] == 1,
                    progress: Int(bytes.load(as: Int64.self)), text: text)
            )
        }
    }
}

/// Memory of one message on its way.
final class JobMailbox {
    private let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: JobMessage.byteCount, alignment: 8)
    private var request: MPI_Request? = cmpi_request_null()

    deinit {
        // The library may still read a message to a rank that has gone, and must not be asked once it has ended.
        if request == cmpi_request_null() { bytes.deallocate() }
    }

    private var hasLeft: Bool {
        guard request != cmpi_request_null() else { return true }
        var finished: Int32 = 0
        var count: Int32 = 0
        return cmpi_test(&request, &finished, &count) == MPI_SUCCESS && finished != 0
    }

    /// - Returns: false while the one before has not left, or when the library refuses.
    func send(_ message: JobMessage, to rank: Int, _ communicator: MPI_Comm?) -> Bool {
        guard hasLeft else { return false }
        message.write(to: bytes)
        let length = Int32(JobMessage.byteCount)
        return MPI_Isend(bytes.baseAddress, length, cmpi_uint8(), narrow(rank), message.tag, communicator, &request)
            == MPI_SUCCESS
    }
}
