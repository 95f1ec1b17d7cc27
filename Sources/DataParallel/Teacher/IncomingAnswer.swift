internal import Collectives

/// An answer on its way to a student: the part of known length first, then, as soon as that says how long it is, the
/// rest.
final class IncomingAnswer {
    let step: Int
    private let world: any ProcessGroup
    private let teacherRank: Int
    private let labeler: Int
    private let layout: PseudoLabels.Layout
    private let first: MessageBuffer
    private let firstPiece: PendingBox
    private var header: AnswerHeader?
    private var second: (buffer: MessageBuffer, piece: PendingBox)?

    /// Starts to receive.
    init(
        world: any ProcessGroup, from teacherRank: Int, labeler: Int, layout: PseudoLabels.Layout, step: Int
    ) throws(CollectiveError) {
        self.world = world
        self.teacherRank = teacherRank
        self.labeler = labeler
        self.layout = layout
        self.step = step
        first = MessageBuffer(byteCount: AnswerHeader.byteCount + PseudoLabels.fixedBytes(layout))
        firstPiece = PendingBox(
            try world.startReceive(
                bytes: first.bytes, from: teacherRank, tag: TeacherTag.answer(ofLabeler: labeler).first, owner: first))
    }

    /// Lets messages move on.
    func progress() throws(CollectiveError) {
        if let second {
            try second.piece.progress()
        } else if header == nil, try firstPiece.progress() {
            try readHeader()
        }
    }

    /// Waits for all of it.
    ///
    /// - Throws: where it is not what was asked for.
    func wait() throws(CollectiveError) -> PseudoLabels {
        try firstPiece.wait()
        if header == nil { try readHeader() }
        try second?.piece.wait()
        guard let header else { preconditionFailure("IncomingAnswer: its header has been read") }
        let rest =
            second.map { UnsafeRawBufferPointer($0.buffer.bytes) } ?? UnsafeRawBufferPointer(start: nil, count: 0)
        do throws(AnswerFault) {
            return try PseudoLabels(
                header: header, first: UnsafeRawBufferPointer(first.bytes), second: rest, layout: layout)
        } catch { throw failure(error) }
    }

    /// Once the first part is here.
    private func readHeader() throws(CollectiveError) {
        let header: AnswerHeader
        do throws(AnswerFault) {
            header = try AnswerHeader(UnsafeRawBufferPointer(first.bytes))
            try header.check(layout, labeler: labeler, step: step)
        } catch { throw failure(error) }
        self.header = header
        guard header.varyingBytes > 0 else { return }
        let buffer = MessageBuffer(byteCount: header.varyingBytes)
        let piece = PendingBox(
            try world.startReceive(
                bytes: buffer.bytes, from: teacherRank, tag: TeacherTag.answer(ofLabeler: labeler).second, owner: buffer
            ))
        second = (buffer, piece)
    }

    private func failure(_ fault: AnswerFault) -> CollectiveError {
        CollectiveError(
            .mismatch, operation: "receive pseudo-labels", rank: world.rank,
            message: "the answer of rank \(teacherRank) to rank \(world.rank) is not usable: \(fault.reason)")
    }
}
