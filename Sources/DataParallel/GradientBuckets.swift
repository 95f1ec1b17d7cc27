public import Collectives
public import NN
internal import TensorEngine

/// Sums the gradients of all students, in pieces that travel while the backward pass is still running.
///
/// A piece is sent as soon as all its gradients are whole and the pieces after it have been sent: the order is the same
/// on every rank whatever each one's timing. Gradients are summed, not averaged: losses are divided by global counts
/// before.
public final class GradientBuckets {
    private let gradients: FlatGradients
    private let group: any ProcessGroup
    /// For each piece the parameters whose gradients are not whole yet.
    private var missing: [Int] = []
    /// The piece that is sent next; pieces are sent from the last to the first.
    private var nextToStart = -1
    private var isArmed = false
    private var pending: [PendingBox] = []
    private var failure: CollectiveError?

    /// - Parameters:
    ///   - parameters: whose `whenComplete` is taken over.
    ///   - group: the students.
    public init(_ parameters: ParameterSet, group: any ProcessGroup) {
        gradients = parameters.gradients
        self.group = group
        parameters.whenComplete = { [weak self] index in self?.complete(entry: index) }
    }

    /// Announces that the next backward pass is the last of the step: its gradients may leave while it runs.
    public func arm() {
        isArmed = group.size > 1
        missing = gradients.pieces.map(\.entries.count)
        nextToStart = missing.count - 1
    }

    /// Sends what has not left yet (parameters no gradient reached included) and waits until every sum is there.
    public func finish() throws(CollectiveError) {
        guard group.size > 1 else { return }
        if !isArmed { arm() }
        while nextToStart >= 0, failure == nil { startNext() }
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
        missing[gradients.pieceOfEntry[index]] -= 1
        while nextToStart >= 0, missing[nextToStart] == 0, failure == nil { startNext() }
        // Messages move on only inside calls, so each finished parameter lends them one.
        do throws(CollectiveError) {
            if let piece = pending.last { try piece.progress() }
        } catch { failure = error }
    }

    private func startNext() {
        let buffer = HostBuffer(gradients[piece: nextToStart], for: .updating)
        nextToStart -= 1
        do throws(CollectiveError) {
            let operation = try group.startAllReduce(buffer.floats, .sum, owner: buffer)
            pending.append(PendingBox(operation, on: buffer))
        } catch { failure = error }
    }
}
