internal import Basics
public import Collectives
internal import NN
public import TensorEngine

extension ProcessGroup {
    /// Copies the elements of rank `root`'s tensor over those of every other rank's, of the same count: how everybody
    /// gets the EMA weights for an evaluation, or equal weights at the start. Collective.
    public func broadcast(_ tensor: Tensor, from root: Int) throws(CollectiveError) {
        let buffer = HostBuffer(tensor, for: rank == root ? .reading : .writing)
        try broadcast(buffer.floats, from: root)
        buffer.finish()
    }

    /// Joins the elements of all ranks' tensors in place. Collective.
    public func allReduce(_ tensor: Tensor, _ reduction: Reduction) throws(CollectiveError) {
        let buffer = HostBuffer(tensor, for: .updating)
        try allReduce(buffer.floats, reduction)
        buffer.finish()
    }

    /// Whether a tensor has the same bits on every rank. Collective.
    public func isSameEverywhere(_ tensor: Tensor) throws(CollectiveError) -> Bool {
        let buffer = HostBuffer(tensor, for: .reading)
        let hash = XXHash64.hash(UnsafeRawBufferPointer(buffer.floats))
        return try minimum(hash) == maximum(hash)
    }
}
