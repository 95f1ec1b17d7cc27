internal import CMPI
internal import Collectives

/// Owner of one MPI communicator; frees it when the last user is gone and MPI still runs.
final class Communicator {
    let handle: MPI_Comm?
    let rank: Int
    let size: Int
    let policy: WaitPolicy
    /// Of the whole job; nil while it is being set up.
    let watch: JobWatch?

    /// Takes over a communicator that we made, and makes its errors come back as codes.
    init(owning handle: MPI_Comm?, policy: WaitPolicy, watch: JobWatch? = nil) throws(CollectiveError) {
        self.handle = handle
        self.policy = policy
        self.watch = watch
        var rank: Int32 = 0
        var size: Int32 = 0
        try check(MPI_Comm_set_errhandler(handle, cmpi_errors_return()), "MPI_Comm_set_errhandler", rank: 0)
        try check(MPI_Comm_rank(handle, &rank), "MPI_Comm_rank", rank: 0)
        try check(MPI_Comm_size(handle, &size), "MPI_Comm_size", rank: Int(rank))
        self.rank = Int(rank)
        self.size = Int(size)
    }

    /// The processes of this communicator on this node, in order of rank. Collective.
    func splitByNode() throws(CollectiveError) -> Communicator {
        var node: MPI_Comm? = cmpi_comm_null()
        try check(cmpi_comm_split_node(handle, narrow(rank), &node), "split by node", rank: rank)
        return try Communicator(owning: node, policy: policy, watch: watch)
    }

    deinit {
        var finalized: Int32 = 0
        guard MPI_Finalized(&finalized) == MPI_SUCCESS, finalized == 0 else { return }
        // MPI_Comm_free is collective: groups are let go in the same order on every rank.
        var handle = handle
        MPI_Comm_free(&handle)
    }
}
