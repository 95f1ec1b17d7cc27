internal import CMPI
internal import Glibc

/// Settings of Open MPI's shared-memory transport, made before MPI starts; what the user set stays.
///
/// A waiting rank sleeps between its calls, so a transfer must need few calls. Measured on two cores, all-reduce of
/// 16 MB by two polite ranks: 13 ms with single copies, 106 ms without, 14 ms without but with fragments of 512 KiB
/// in a segment of 16 MiB. Other MPIs ignore these variables.
enum TransportSettings {
    private static let fragmentBytes = 256 << 10
    private static let segmentBytes = 8 << 20

    static func apply() {
        if !isSingleCopyAllowed { set("btl_vader_single_copy_mechanism", "none") }
        set("btl_vader_max_send_size", "\(fragmentBytes)")
        set("btl_vader_segment_size", "\(segmentBytes)")
        if !hasRoomInSharedMemory { set("btl_vader_backing_directory", "/tmp") }
    }

    private static func set(_ parameter: String, _ value: String) {
        setenv("OMPI_MCA_\(parameter)", value, 0)
    }

    /// Whether the kernel lets processes read each other's memory; many containers forbid it, and Open MPI then
    /// complains on every transfer.
    private static var isSingleCopyAllowed: Bool {
        cmpi_may_read_processes() != 0
    }

    /// Whether the segments of all ranks of this node fit into /dev/shm with as much left for our own stores.
    private static var hasRoomInSharedMemory: Bool {
        var information = statvfs()
        guard statvfs("/dev/shm", &information) == 0 else { return false }
        let freeBytes = Int(information.f_bavail) * Int(information.f_frsize)
        let localRanks = getenv("OMPI_COMM_WORLD_LOCAL_SIZE").flatMap { Int(String(cString: $0)) } ?? 1
        return freeBytes >= 2 * localRanks * segmentBytes
    }
}
