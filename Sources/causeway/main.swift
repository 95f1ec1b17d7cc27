internal import ArgumentParser
internal import CAllocation
internal import Collectives
internal import TensorEngine

// Commands compute synchronously on the main thread, which alone talks to MPI.
cmem_allocation_is_linked()
do {
    var command = try Causeway.parseAsRoot()
    try ImageLimit.takeFromEnvironment()
    RankReport.prepareForShortage(remedy: MemoryRemedy.text(for: command))
    DeviceFaults.prepare(remedy: MemoryRemedy.deviceText(for: command))
    ProcessSignals.install(canStop: command is TrainCommand || command is PipelineCommand)
    try Device.checkEnvironment()
    try command.run()
    try ProcessSignals.flushOutput()
} catch {
    ErrorReport.exit(with: error)
}
