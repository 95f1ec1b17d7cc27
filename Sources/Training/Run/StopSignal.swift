internal import Glibc
internal import Synchronization

/// Whether the process was asked to stop by SIGTERM, SIGINT or SIGUSR1 (which launchers send as an early warning).
/// The run then saves a checkpoint and ends; a second signal ends the process at once.
enum StopSignal {
    private static let wasRaised = Atomic<Bool>(false)

    static var isRaised: Bool { wasRaised.load(ordering: .relaxed) }

    static func install() {
        for number in [SIGTERM, SIGINT, SIGUSR1] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { number in
                StopSignal.wasRaised.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
            sigaction(number, &action, nil)
        }
    }
}
