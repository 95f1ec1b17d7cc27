internal import Basics
internal import CMPI
internal import Collectives

/// Finds out, from within the waits of a rank, whether the others are still there.
///
/// A rank that has waited for a while asks all others on a communicator of its own. They answer from within their
/// waits, or between the operations of their work (`pulse`), whether they work or wait, and how much they have done. So
/// a rank that is slow is told from one that has gone: only silence for the whole limit, or ranks that all wait without
/// having done anything for so long, end the job. Only the main thread, which alone calls MPI, comes here.
final class JobWatch {
    /// Part of the limit between two questions to a rank.
    private static let questionsPerLimit = 10
    private static let pollNanoseconds = 50_000_000

    private let handle: MPI_Comm?
    private let rank: Int
    private let hosts: [String]
    private var peers: [JobPeer]
    /// 0 for no limit.
    private var limit = StalledJob.defaultSeconds * 1_000_000_000
    /// What this rank has done: transfers finished, and pulses in between.
    private var progress = 0
    private var lastPoll = 0

    /// - Parameters:
    ///   - handle: a communicator of all ranks that nobody else uses; taken over, and never freed.
    ///   - hosts: of every rank.
    init(_ handle: MPI_Comm?, rank: Int, hosts: [String]) {
        self.handle = handle
        self.rank = rank
        self.hosts = hosts
        peers = hosts.indices.map { JobPeer(rank: $0) }
    }

    func limitWaiting(seconds: Int) { limit = seconds * 1_000_000_000 }

    /// Says that this rank works, to those who ask.
    func pulse() {
        let now = MonotonicClock.nanoseconds
        guard now - lastPoll >= Self.pollNanoseconds else { return }
        lastPoll = now
        progress += 1
        takeMessages(now, waitingIn: nil)
    }

    /// Says that a transfer of this rank has finished.
    func noteTransfer() { progress += 1 }

    /// To be called again and again by a rank that waits; ends the job when the others are silent for too long.
    func look(_ wait: inout Wait) {
        let now = MonotonicClock.nanoseconds
        guard now - wait.lastLook >= Self.pollNanoseconds else { return }
        // This process itself was stopped, or did not get the processor: what others did meanwhile is not known.
        if limit > 0, now - wait.lastLook > limit / 4 { wait.start = now }
        wait.lastLook = now
        takeMessages(now, waitingIn: wait.operation)
        let interval = limit / Self.questionsPerLimit
        guard limit > 0, peers.count > 1, now - wait.start >= interval else { return }
        for index in peers.indices where index != rank { peers[index].ask(on: handle, now, interval: interval) }
        if now - wait.start >= limit { judge(wait, now) }
    }

    /// One wait of this rank.
    struct Wait {
        let operation: String
        fileprivate var start: Int
        fileprivate var lastLook: Int

        init(_ operation: String) {
            self.operation = operation
            start = MonotonicClock.nanoseconds
            lastLook = start
        }
    }
}

extension JobWatch {
    private func takeMessages(_ now: Int, waitingIn operation: String?) {
        while let (source, message) = JobMessage.take(from: handle) {
            peers[source].hear(message, now)
            guard message.isQuestion else { continue }
            let answer = JobMessage(
                isQuestion: false, isWaiting: operation != nil, progress: progress, text: operation ?? "")
            peers[source].answer(answer, on: handle)
        }
    }

    private func judge(_ wait: Wait, _ now: Int) {
        let others = peers.filter { $0.rank != rank }
        let silent = others.filter { now - max($0.lastHeard, wait.start) >= limit }
        guard silent.isEmpty else {
            end("no sign of life from \(named(silent)) for \(limit / 1_000_000_000) s in \(wait.operation)")
        }
        guard others.allSatisfy({ now - max($0.lastProgress, wait.start) >= limit }) else { return }
        let waits = others.map { "rank \($0.rank) in \($0.operation)" }.joined(separator: ", ")
        end("all ranks have waited for each other for \(limit / 1_000_000_000) s: this one in "
            + "\(wait.operation), \(waits)")
    }

    private func end(_ message: String) -> Never {
        let error = StalledJob(
            "\(message) (this is rank \(rank) on \(hosts[rank])); look after these hosts and their network, then go on "
                + "from the last checkpoint with --resume; distribution.stallSeconds is the time to wait")
        RankReport.report(error, status: StalledJob.status)
        JobEnd.abandon(handle, code: StalledJob.status)
    }

    /// `ranks 2, 3 on node7, rank 5 on node8`.
    private func named(_ silent: [JobPeer]) -> String {
        var groups: [(host: String, ranks: [Int])] = []
        for peer in silent {
            if let index = groups.firstIndex(where: { $0.host == hosts[peer.rank] }) {
                groups[index].ranks.append(peer.rank)
            } else {
                groups.append((hosts[peer.rank], [peer.rank]))
            }
        }
        return groups.map { group in
            let ranks = group.ranks.map(String.init).joined(separator: ", ")
            return "rank\(group.ranks.count == 1 ? "" : "s") \(ranks) on \(group.host)"
        }.joined(separator: ", ")
    }
}
