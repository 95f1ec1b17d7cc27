internal import CMPI
internal import Collectives

/// The one check that every MPI return code passes.
func check(
    _ code: Int32, _ operation: @autoclosure () -> String, rank: Int
) throws(CollectiveError) {
    guard code != MPI_SUCCESS else { return }
    var errorClass: Int32 = MPI_ERR_UNKNOWN
    MPI_Error_class(code, &errorClass)
    var length: Int32 = 0
    let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(MPI_MAX_ERROR_STRING) + 1) { buffer in
        buffer.initialize(repeating: 0)
        guard let start = buffer.baseAddress, MPI_Error_string(code, start, &length) == MPI_SUCCESS else {
            return "unknown MPI error"
        }
        return String(cString: start)
    }
    throw CollectiveError(
        .library(errorClass), operation: operation(), rank: rank,
        message: "\(text) (MPI code \(code)); \(remedy(for: errorClass))")
}

private func remedy(for errorClass: Int32) -> String {
    switch errorClass {
    case MPI_ERR_TRUNCATE: "sender and receiver must agree on the length of a message"
    case MPI_ERR_NO_MEM: "fewer ranks on this node, or smaller buckets, need less memory"
    case MPI_ERR_RANK, MPI_ERR_ROOT: "the rank does not exist in this group"
    default: "see the messages of the other ranks; `causeway doctor` checks the MPI installation"
    }
}
