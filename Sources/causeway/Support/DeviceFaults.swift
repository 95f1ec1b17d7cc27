internal import Collectives
internal import Glibc
internal import TensorEngine

/// How a command ends whose device fails, where nothing of it is worth saving.
enum DeviceFaults {
    /// To be called before anything is computed.
    static func prepare(remedy: String) {
        Engine.prepareForFaults(remedy: remedy) { fault in
            RankReport.report(fault, status: EXIT_FAILURE)
            // The others, which may wait for this rank, are ended by the launcher.
            _exit(EXIT_FAILURE)
        }
    }
}
