internal import CMPI
internal import Collectives

/// An operation under way: one MPI request for each piece of its memory.
final class MPITransfer: TransferRequest {
    private struct Piece {
        var request: MPI_Request?
        /// Length that a receive must have; nil for everything else.
        let expectedBytes: Int32?
    }

    private(set) var isFinished = false
    private var pieces: [Piece] = []
    private var firstPending = 0
    private let operation: String
    private let rank: Int
    private let policy: WaitPolicy
    /// Keeps the communicator alive.
    private let communicator: Communicator

    init(_ operation: String, on communicator: Communicator) {
        self.operation = operation
        self.communicator = communicator
        rank = communicator.rank
        policy = communicator.policy
    }

    /// Starts one more piece.
    func start(
        expectedBytes: Int32? = nil, _ call: (inout MPI_Request?) -> Int32
    ) throws(CollectiveError) {
        var request: MPI_Request? = cmpi_request_null()
        do throws(CollectiveError) {
            try check(call(&request), operation, rank: rank)
        } catch {
            isFinished = true
            throw error
        }
        pieces.append(Piece(request: request, expectedBytes: expectedBytes))
    }

    func test() throws(CollectiveError) -> Bool {
        communicator.watch?.pulse()
        return try advance()
    }

    private func advance() throws(CollectiveError) -> Bool {
        while firstPending < pieces.count {
            guard try testPiece(firstPending) else { return false }
            firstPending += 1
        }
        isFinished = true
        communicator.watch?.noteTransfer()
        return true
    }

    func wait() throws(CollectiveError) {
        guard try !advance() else { return }
        var backoff = Backoff(policy)
        var wait = JobWatch.Wait(operation)
        while try !advance() {
            communicator.watch?.look(&wait)
            backoff.step()
        }
    }

    private func testPiece(_ index: Int) throws(CollectiveError) -> Bool {
        var finished: Int32 = 0
        var bytes: Int32 = 0
        do throws(CollectiveError) {
            try check(cmpi_test(&pieces[index].request, &finished, &bytes), operation, rank: rank)
            guard finished != 0 else { return false }
            if let expected = pieces[index].expectedBytes, expected != bytes {
                throw CollectiveError(
                    .wrongMessageSize, operation: operation, rank: rank,
                    message: "expected \(expected) bytes, the message has \(bytes); both ranks must agree on lengths")
            }
        } catch {
            isFinished = true
            throw error
        }
        return true
    }
}
