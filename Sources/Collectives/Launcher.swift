internal import Glibc

/// What `mpirun` or another launcher tells a process before MPI starts.
public enum Launcher {
    /// Whether a launcher of MPI jobs started this process.
    public static var isPresent: Bool {
        ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"].contains { (name: String) in getenv(name) != nil }
    }

    /// Whether Open MPI's own daemons started this process; they end the job when one of its ranks ends with an exit
    /// status that is not 0.
    public static var isOpenMPI: Bool { getenv("OMPI_MCA_orte_local_daemon_uri") != nil }

    /// 0 without a launcher.
    public static var rank: Int { first(["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"]) ?? 0 }

    /// Ranks of the job: 1 without a launcher, nil when the launcher does not tell.
    public static var worldSize: Int? {
        if let size = first(["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"]) { return size }
        guard isPresent else { return 1 }
        return first(["SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"])
    }

    private static func first(_ names: [String]) -> Int? {
        names.lazy.compactMap { getenv($0) }.compactMap { Int(String(cString: $0)) }.first
    }
}
