internal import Configuration
internal import Training

/// What `mpirun` or another launcher tells a process before MPI starts.
enum Launcher {
    /// 0 without a launcher.
    static var rank: Int { first(["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"]) ?? 0 }

    /// Ranks of the job: 1 without a launcher, nil when the launcher does not tell.
    static var worldSize: Int? {
        first(["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"]) ?? (Environment.variable("PMIX_RANK") == nil ? 1 : nil)
    }

    private static func first(_ names: [String]) -> Int? {
        names.lazy.compactMap(Environment.variable).compactMap { Int($0) }.first
    }
}
