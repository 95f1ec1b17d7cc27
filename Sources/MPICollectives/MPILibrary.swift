internal import CMPI

extension MPIEnvironment {
    /// The MPI library in use with its version, as it describes itself. Does not need MPI to be started.
    public static var libraryDescription: String {
        var length: Int32 = 0
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(MPI_MAX_LIBRARY_VERSION_STRING)) { buffer in
            buffer.initialize(repeating: 0)
            guard let start = buffer.baseAddress, MPI_Get_library_version(start, &length) == MPI_SUCCESS else {
                return "unknown MPI"
            }
            return String(cString: start)
        }
    }
}
