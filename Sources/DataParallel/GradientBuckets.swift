public import Collectives
internal import Glibc
public import NN
internal import TensorEngine

/// Sums the gradients of all students, in pieces that travel while the backward pass is still running.
///
/// A piece is sent as soon as all its gradients are whole and the pieces after it have been sent: the order is the same
/// on every rank whatever each one's timing. Gradients are summed, not averaged: losses are divided by global counts
/// before.
///
/// Where gradients are in a device's memory, a piece is first copied to the host, beside the device's work. When it is
/// there is a matter of each rank's timing, so pieces are summed in a group of their own: between the collectives of
/// others they may be started anywhere. Where devices add up by themselves, nothing goes to the host: the pieces are
/// told to the device, which works on beside them, and its own work waits for their sums.
public final class GradientBuckets {
    private let gradients: FlatGradients
    private let group: any ProcessGroup
    private let devices: DeviceSums?
    /// Whether pieces leave while the backward pass runs.
    private let leavesEarly: Bool
    /// For each piece the parameters whose gradients are not whole yet.
    private var missing: [Int] = []
    /// The piece that is fetched next; pieces are sent from the last to the first.
    private var nextToFetch = -1
    private var isArmed = false
    /// On their way to the host, in the order in which they will be sent.
    private var arriving: [HostBuffer] = []
    private var pending: [PendingBox] = []
    private var failure: CollectiveError?

    /// Collective over the students.
    ///
    /// - Parameters:
    ///   - parameters: whose `whenComplete` is taken over.
    ///   - group: the students.
    ///   - devices: those of the students, where they add up by themselves.
    ///   - leavesEarly: whether pieces that devices add up leave while the backward pass runs. All that devices add up
    ///     must be told in one order on all ranks; so pieces must not, where other sums are told in the backward pass
    ///     and the pass takes another way on each rank.
    public init(
        _ parameters: ParameterSet, group: any ProcessGroup, devices: DeviceSums? = nil, leavesEarly: Bool = true
    ) throws(CollectiveError) {
        (self.devices, self.leavesEarly) = (devices, leavesEarly)
        gradients = parameters.gradients
        self.group = group.size > 1 ? try group.split(color: 0, key: group.rank) : group
        parameters.whenComplete = { [weak self] index in self?.complete(entry: index) }
    }

    /// Announces that the next backward pass is the last of the step: its gradients may leave while it runs.
    public func arm() {
        isArmed = group.size > 1
        missing = gradients.pieces.map(\.entries.count)
        nextToFetch = missing.count - 1
    }

    /// Sends what has not left yet (parameters no gradient reached included) and waits until every sum is there.
    public func finish() throws(CollectiveError) {
        guard group.size > 1 else { return }
        if !isArmed { arm() }
        if let devices { return sumRest(by: devices) }
        while nextToFetch >= 0, failure == nil { fetchNext() }
        isArmed = false
        sendAll()
        arriving.removeAll()
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
        if let devices { return sumWhole(by: devices) }
        while nextToFetch >= 0, missing[nextToFetch] == 0, failure == nil { fetchNext() }
        sendArrived()
        moveOn()
    }

    /// Tells the devices the pieces that are whole.
    private func sumWhole(by devices: DeviceSums) {
        while leavesEarly, nextToFetch >= 0, missing[nextToFetch] == 0 {
            devices.group.sum([gradients[piece: nextToFetch]])
            nextToFetch -= 1
        }
    }

    private func sumRest(by devices: DeviceSums) {
        isArmed = false
        devices.group.sum((0..<nextToFetch + 1).reversed().map { gradients[piece: $0] })
        nextToFetch = -1
        devices.group.join()
    }

    private func fetchNext() {
        arriving.append(.fetching(gradients[piece: nextToFetch], for: .updating))
        nextToFetch -= 1
        if group.startsAtAnyTime { sendArrived() } else { sendAll() }
    }

    /// Sends the pieces that are on the host.
    private func sendArrived() {
        while failure == nil, let buffer = arriving.first, buffer.isHere {
            arriving.removeFirst()
            do throws(CollectiveError) {
                let operation = try group.startAllReduce(buffer.floats, .sum, owner: buffer)
                pending.append(PendingBox(operation, on: buffer))
            } catch { failure = error }
        }
    }

    /// Sends all that is on its way to the host. Meanwhile those that have left are summed.
    private func sendAll() {
        sendArrived()
        while failure == nil, !arriving.isEmpty {
            moveOn()
            usleep(20)
            sendArrived()
        }
    }

    /// Messages move on only inside calls, so each finished parameter lends them one.
    private func moveOn() {
        guard failure == nil else { return }
        do throws(CollectiveError) {
            if let piece = pending.last { try piece.progress() }
        } catch { failure = error }
    }
}
