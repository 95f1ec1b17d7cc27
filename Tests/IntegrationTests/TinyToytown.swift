import Testing
import _TestSupport

/// Makes a Toytown of eight images for the tests of a suite, and removes it after them.
struct TinyToytown: SuiteTrait, TestScoping {
    /// Where it lies; empty outside the suite.
    @TaskLocal static var path = ""

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let folder = TemporaryFolder()
        let job = try Job.run(
            "causeway", ["make-toytown", "--out", folder.path, "--train", "8", "--val", "2", "--size", "128x64"],
            ranks: nil)
        try #require(job.status == 0, "\(job.output)")
        try await Self.$path.withValue(folder.path, operation: function)
    }
}

extension Trait where Self == TinyToytown {
    static var tinyToytown: Self { TinyToytown() }
}
