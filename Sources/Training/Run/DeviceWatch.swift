package import Collectives
internal import TensorEngine

/// Looks whether a device has failed in a step, on all ranks of a job together.
///
/// Operations cannot throw. Those of a device that has failed do nothing, so its rank goes through the step like the
/// others, with zeros, and sends and receives what they expect. Before anybody moves weights by what it sent, all ask.
package final class DeviceWatch {
    /// nil where no rank has a device that can fail.
    private let world: (any ProcessGroup)?
    /// Whether the device of this rank failed while weights moved: they are of no step then.
    private(set) var hasTornUpdate = false

    /// - Parameter canFail: whether a rank of the job has a device that can.
    package init(_ world: any ProcessGroup, canFail: Bool) { self.world = canFail ? world : nil }

    private init() { world = nil }

    /// For work on the processor, and where a fault ends the process.
    package static var none: DeviceWatch { DeviceWatch() }

    var isNeeded: Bool { world != nil }

    /// Whether the device of a rank has failed. Collective over the job.
    func hasFailed() throws(CollectiveError) -> Bool {
        guard let world else { return false }
        return try world.anyTrue(Engine.deviceFault != nil)
    }

    /// The same of some ranks. Collective over them.
    func hasFailed(among ranks: any ProcessGroup) throws(CollectiveError) -> Bool {
        guard isNeeded else { return false }
        return try ranks.anyTrue(Engine.deviceFault != nil)
    }

    /// The same, once everything that was told the devices is done. Collective over the job.
    func hasFailedAfterWaiting() throws(CollectiveError) -> Bool {
        if isNeeded { Engine.waitForDevice() }
        return try hasFailed()
    }

    /// After the weights have moved, of which all knew that no device had failed before.
    func noteUpdate() {
        if isNeeded, Engine.deviceFault != nil { hasTornUpdate = true }
    }
}
