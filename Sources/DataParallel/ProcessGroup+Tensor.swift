public import Collectives
internal import NN
public import TensorEngine

extension ProcessGroup {
    /// Copies the elements of rank `root`'s tensor over those of every other rank's, of the same count: how everybody
    /// gets the EMA weights for an evaluation, or equal weights at the start. Collective.
    public func broadcast(_ tensor: Tensor, from root: Int) throws(CollectiveError) {
        try tensor.withHostBuffer { (buffer) throws(CollectiveError) in try broadcast(buffer, from: root) }
    }

    /// Joins the elements of all ranks' tensors in place. Collective.
    public func allReduce(_ tensor: Tensor, _ reduction: Reduction) throws(CollectiveError) {
        try tensor.withHostBuffer { (buffer) throws(CollectiveError) in try allReduce(buffer, reduction) }
    }

    /// Whether a tensor has the same bits on every rank. Collective.
    public func isSameEverywhere(_ tensor: Tensor) throws(CollectiveError) -> Bool {
        let hash = tensor.withHostBuffer { XXHash64.hash(UnsafeRawBufferPointer($0)) }
        return try minimum(hash) == maximum(hash)
    }
}
