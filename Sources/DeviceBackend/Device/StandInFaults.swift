internal import CDeviceKernels
internal import Glibc
internal import Synchronization

/// What `CAUSEWAY_STANDIN` asks the stand-in to do wrong, so that a program can be tried out on it:
/// `failing-launch:500,step:3,rank:1`.
package struct StandInFaults: Sendable, Equatable {
    package static let environmentVariable = "CAUSEWAY_STANDIN"
    private static let expectation =
        "memory:BYTES (with K, M or G), devices:N, driver:VERSION (11020 is 11.2), failing-launch:N, "
        + "step:N, skipped-kernel:NAME, seed:N, rank:N, as-card, no-driver, no-compiler, own-compiler, no-nccl, "
        + "nccl:VERSION (21304 is 2.13.4), failing-sum:N and failing-join, with commas between"

    var memoryBytes: Int?
    var devices: Int?
    var driverVersion: Int?
    /// Counted from 1 since the device was opened, or the step began.
    var failingLaunch: Int?
    /// A sum over ranks, counted like that.
    var failingSum: Int?
    /// The step of a training with that launch or sum, counted from 1.
    var failingStep: Int?
    /// A kernel that does nothing whenever it is launched, as if there were a mistake in it.
    var skippedKernel: String?
    var seed: Int?
    /// The rank that all of this is for; every one where nil.
    var rank: Int?
    /// Whether the stand-in answers in the place of a card's driver, so that `cuda` finds it.
    var isCard = false
    /// Whether a card's driver and compiler are not to be found.
    var hasNoDriver = false
    var hasNoCompiler = false
    /// Whether kernels are compiled and kept as for a card, by a compiler that makes nothing a card could run.
    var hasOwnCompiler = false
    /// Whether NCCL is not to be found, what version it says it is, and whether it cannot join the processes.
    var hasNoNCCL = false
    var ncclVersion: Int?
    var failsToJoin = false

    /// - Throws: where a word is none of these, or lacks the one that it belongs to.
    package init(_ text: String) throws {
        for word in text.split(separator: ",") {
            let parts = word.split(separator: ":", maxSplits: 1)
            let value = parts.count == 2 ? Self.number(parts[1]) : nil
            if parts[0] == "skipped-kernel", parts.count == 2 {
                skippedKernel = try Self.kernel(String(parts[1]))
                continue
            }
            switch (parts[0], value) {
            case ("memory", let bytes?): memoryBytes = bytes
            case ("devices", let count?): devices = count
            case ("driver", let version?): driverVersion = version
            case ("failing-launch", let place?) where place > 0: failingLaunch = place
            case ("failing-sum", let place?) where place > 0: failingSum = place
            case ("step", let step?) where step > 0: failingStep = step
            case ("nccl", let version?): ncclVersion = version
            case ("seed", let seed?): self.seed = seed
            case ("rank", let rank?): self.rank = rank
            case ("as-card", nil) where parts.count == 1: isCard = true
            case ("no-driver", nil) where parts.count == 1: hasNoDriver = true
            case ("no-compiler", nil) where parts.count == 1: hasNoCompiler = true
            case ("own-compiler", nil) where parts.count == 1: hasOwnCompiler = true
            case ("no-nccl", nil) where parts.count == 1: hasNoNCCL = true
            case ("failing-join", nil) where parts.count == 1: failsToJoin = true
            default:
                throw DeviceError("\(Self.environmentVariable): '\(word)' is none of \(Self.expectation)")
            }
        }
        guard failingStep == nil || failingLaunch != nil || failingSum != nil else {
            throw DeviceError(
                "\(Self.environmentVariable): step:N needs failing-launch:N or failing-sum:N beside it, to say which")
        }
    }

    /// A fault that is asked for and does not come would look like a device that is well.
    private static func kernel(_ name: String) throws -> String {
        guard (0..<cdk_kernel_count()).contains(where: { String(cString: cdk_kernel_at($0).name) == name }) else {
            throw DeviceError(
                "\(environmentVariable): there is no kernel '\(name)'; names stand behind KERNEL in the files of "
                    + "Sources/CDeviceKernels/kernels")
        }
        return name
    }

    /// `200M` is 200 << 20; up to what 32 bits count, before the letter.
    private static func number(_ text: Substring) -> Int? {
        let shift = ["K": 10, "M": 20, "G": 30][text.last.map(String.init) ?? ""]
        let digits = shift == nil ? text : text.dropLast()
        guard let value = Int(digits), (0...Int(Int32.max)).contains(value) else { return nil }
        return value << (shift ?? 0)
    }

    /// Those of this process: nothing where they are for another rank.
    package static func ofEnvironment() throws -> StandInFaults {
        guard let text = EnvironmentText.of(environmentVariable) else { return try StandInFaults("") }
        let faults = try StandInFaults(text)
        guard let rank = faults.rank, rank != jobRank else { return faults }
        // Which driver there is holds for all.
        var others = try StandInFaults("")
        others.isCard = faults.isCard
        return others
    }

    /// 0 without a launcher.
    private static var jobRank: Int {
        let names = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"]
        return names.lazy.compactMap { getenv($0) }.compactMap { Int(String(cString: $0)) }.first ?? 0
    }

    private static let isApplied = Mutex(false)

    /// Has the stand-in of this process do so from the first call on. Nothing changes where nothing is asked for.
    func apply() {
        guard self != (try? StandInFaults("")) else { return }
        guard Self.isApplied.withLock({ isApplied in
            defer { isApplied = true }
            return !isApplied
        }) else { return }
        var options = cdk_standin_get()
        if let memoryBytes { options.memory_bytes = memoryBytes }
        if let devices { options.devices = Int32(devices) }
        if let driverVersion { options.driver_version = Int32(driverVersion) }
        if let failingLaunch { options.failing_launch = Int64(failingLaunch) }
        if let failingStep { options.failing_step = Int64(failingStep) }
        if let failingSum { options.failing_sum = Int64(failingSum) }
        if let ncclVersion { options.nccl_version = Int32(ncclVersion) }
        options.failing_join = failsToJoin
        if let seed { options.seed = UInt64(seed) }
        cdk_standin_set(options)
        if let skippedKernel { cdk_standin_skip(skippedKernel) }
    }
}
