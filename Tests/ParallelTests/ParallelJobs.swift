import Testing
import _TestSupport

/// Everything that starts `mpirun`, a few jobs at a time: the machine has few cores.
@Suite(.jobsInTurns) enum ParallelJobs {}
