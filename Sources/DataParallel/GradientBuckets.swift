public import Collectives
public import NN
internal import TensorEngine

/// Sums the gradients of all students, in pieces that travel while the backward pass is still running.
///
/// The flat gradient memory is cut from its end, because a backward pass finishes the last layers first. A piece is
/// sent as soon as all its gradients are whole and the pieces after it have been sent: the order is the same on every
/// rank whatever each one's timing. Gradients are summed, not averaged: losses are divided by global counts before.
public final class GradientBuckets {
    private struct Bucket {
        let range: Range<Int>
        let entryCount: Int
        var missing: Int
    }

    private let parameters: ParameterSet
    private let group: any ProcessGroup
    private var buckets: [Bucket] = []
    private var bucketOfEntry: [Int]
    private var nextToStart = 0
    private var isArmed = false
    private var pending: [PendingBox] = []
    private var failure: CollectiveError?

    /// - Parameters:
    ///   - parameters: whose `whenComplete` is taken over.
    ///   - group: the students.
    ///   - bucketBytes: the size a piece should have; one parameter is never divided.
    public init(_ parameters: ParameterSet, group: any ProcessGroup, bucketBytes: Int = 8 << 20) {
        precondition(bucketBytes > 0, "GradientBuckets: bucketBytes must be positive, got \(bucketBytes)")
        self.parameters = parameters
        self.group = group
        bucketOfEntry = [Int](repeating: 0, count: parameters.entries.count)
        var entries = 0
        var end = parameters.count
        for (index, entry) in parameters.entries.enumerated().reversed() {
            bucketOfEntry[index] = buckets.count
            entries += 1
            if (end - entry.range.lowerBound) * MemoryLayout<Float>.stride >= bucketBytes || index == 0 {
                buckets.append(Bucket(range: entry.range.lowerBound..<end, entryCount: entries, missing: entries))
                end = entry.range.lowerBound
                entries = 0
            }
        }
        parameters.whenComplete = { [weak self] index in self?.complete(entry: index) }
    }

    /// Announces that the next backward pass is the last of the step: its gradients may leave while it runs.
    public func arm() {
        isArmed = group.size > 1
        nextToStart = 0
        for index in buckets.indices { buckets[index].missing = buckets[index].entryCount }
    }

    /// Sends what has not left yet (parameters no gradient reached included) and waits until every sum is there.
    public func finish() throws(CollectiveError) {
        guard group.size > 1 else { return }
        if !isArmed { arm() }
        while nextToStart < buckets.count, failure == nil { startNext() }
        isArmed = false
        // All are waited for, also after a failure: none may be dropped while its memory is in use.
        for piece in pending {
            do throws(CollectiveError) { try piece.wait() } catch { failure = failure ?? error }
        }
        pending.removeAll()
        if let failure { throw failure }
    }

    private func complete(entry index: Int) {
        guard isArmed, failure == nil else { return }
        buckets[bucketOfEntry[index]].missing -= 1
        while nextToStart < buckets.count, buckets[nextToStart].missing == 0, failure == nil { startNext() }
        // Messages move on only inside calls, so each finished parameter lends them one.
        do throws(CollectiveError) {
            if let piece = pending.last { try piece.progress() }
        } catch { failure = error }
    }

    private func startNext() {
        let range = buckets[nextToStart].range
        nextToStart += 1
        let buffer = HostBuffer(parameters.gradients, elements: range, for: .updating)
        do throws(CollectiveError) {
            let operation = try group.startAllReduce(buffer.floats, .sum, owner: buffer)
            pending.append(PendingBox(operation, on: buffer))
        } catch { failure = error }
    }
}
