import CDeviceKernels
import Synchronization
import Testing

/// Once the suites that test the operations of a device are through, every kernel must have been launched: one that
/// nobody launches is one that nobody tests.
struct EveryKernel: SuiteTrait, TestScoping {
    /// The suites that carry the trait, by their types. Until all have run, as with a filter, nothing is said.
    private static let suites: Set<String> = [
        "Attention on a device",
        "Element by element on a device",
        "Losses, classes and updates on a device",
        "Convolution and maps on a device",
        "Normalisation on a device",
        "Products on a device",
        "What is no number on a device",
    ]
    private static let missing = Mutex(suites)

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await function()
        let name = test.name.filter { $0 != "`" }
        #expect(Self.suites.contains(name), "EveryKernel does not know the suite \(name)")
        let isLast = Self.missing.withLock { $0.remove(name) != nil && $0.isEmpty }
        guard isLast, !CommandLine.arguments.contains("--filter") else { return }
        let never = (0..<cdk_kernel_count()).filter { cdk_standin_launches($0) == 0 }
        let names = never.map { String(cString: cdk_kernel_at($0).name) }
        #expect(names.isEmpty, "no test of an operation launches \(names.joined(separator: ", "))")
    }
}

extension Trait where Self == EveryKernel {
    /// Counts this suite among those that must launch every kernel between them.
    static var everyKernel: EveryKernel { EveryKernel() }
}
