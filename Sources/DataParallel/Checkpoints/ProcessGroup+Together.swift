internal import Collectives

extension ProcessGroup {
    /// Runs `body` on every rank; when it fails on one, all ranks throw the same code, naming the ranks and their
    /// errors. Collective.
    ///
    /// `body` makes no call of a group: it runs on a thread of its own, as files may take their time. A rank that
    /// failed alone would leave the others waiting in their next collective, and so would one that took a failure for
    /// another kind of failure than the others do.
    func together<Result>(
        path: String, _ body: () throws(CheckpointError) -> Result
    ) throws(CheckpointError) -> Result {
        var failure: CheckpointError?
        var result: Result?
        do throws(CheckpointError) { result = try working(body) } catch { failure = error }
        let reports = try gathered(failure.map { [$0.code.rawValue] + Array("\($0)".utf8) } ?? [], path: path)
        if size == 1, let failure { throw failure }
        guard let code = reports.compactMap(\.first).max(), let worst = CheckpointError.Code(rawValue: code) else {
            guard let result else { preconditionFailure("together: a rank without error has a result") }
            return result
        }
        let lines = reports.enumerated().filter { !$1.isEmpty }
            .map { "rank \($0): \(String(decoding: $1.dropFirst(), as: UTF8.self))" }
        throw CheckpointError(worst, path: path, lines.joined(separator: "; "))
    }

    private func gathered(_ report: [UInt8], path: String) throws(CheckpointError) -> [[UInt8]] {
        do throws(CollectiveError) { return try allGather(report) } catch {
            throw CheckpointError(error, path: path)
        }
    }
}
