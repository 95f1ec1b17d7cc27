import Testing

/// Everything that starts `mpirun`, one job after another: the machine has few cores.
@Suite(.serialized) enum ParallelJobs {}
