internal import Collectives

extension ProcessGroup {
    /// Runs `body` on every rank; when it fails on one, all ranks throw, naming the ranks and their errors. Collective.
    ///
    /// `body` makes no call of a group: files may take their time, and it runs on a thread of its own. A rank that
    /// failed alone would leave the others waiting in their next collective.
    func together<Result>(
        path: String, _ body: () throws(CheckpointError) -> Result
    ) throws(CheckpointError) -> Result {
        var failure: CheckpointError?
        var result: Result?
        do throws(CheckpointError) { result = try working(body) } catch { failure = error }
        let messages = try gathered(failure.map { "\($0)" } ?? "", path: path)
        if size == 1, let failure { throw failure }
        let failures = messages.enumerated().filter { !$1.isEmpty }.map { "rank \($0): \($1)" }
        guard failures.isEmpty, let result else {
            throw CheckpointError(failure?.code ?? .io, path: path, failures.joined(separator: "; "))
        }
        return result
    }

    private func gathered(_ message: String, path: String) throws(CheckpointError) -> [String] {
        do throws(CollectiveError) {
            return try allGather(Array(message.utf8)).map { String(decoding: $0, as: UTF8.self) }
        } catch {
            throw CheckpointError(error, path: path)
        }
    }
}
