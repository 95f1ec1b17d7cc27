internal import Basics
internal import Benchmarks
internal import Glibc
internal import Machine
internal import TensorEngine

/// What this process finds on its node.
package enum MachineExamination {
    /// Matrix products by which the linear algebra library is judged.
    package struct Measurement {
        /// Rows and columns of the matrices.
        let size: Int
        let leastSeconds: Double

        /// Enough to tell the reference BLAS, which is twenty times slower, in the time of a glance.
        package static let briefly = Measurement(size: 256, leastSeconds: 0.004)
        /// As large and as long as it takes to see the processor's speed.
        package static let thoroughly = Measurement(size: 768, leastSeconds: 0.2)
    }

    package static func findings(measuring measurement: Measurement) -> [Finding] {
        [processor(), cores(), blas(measurement), memory(), sharedMemory(), devices()]
    }

    private static func processor() -> Finding {
        let name = SystemFile.text("/proc/cpuinfo")?.split(separator: "\n").first { $0.hasPrefix("model name") }
            .flatMap { $0.split(separator: ":").last }.map { String($0.drop { $0 == " " }) } ?? "unknown"
        let level = Engine.cpuLevel
        guard level == "baseline" else { return Finding("processor", "\(name); kernels at \(level)") }
        return Finding(
            "processor", .warning, "\(name); kernels at the baseline level",
            remedy: "training is several times slower without AVX2; use a processor that has it")
    }

    private static func cores() -> Finding {
        let cores = Engine.availableCores
        guard let limit = ControlGroup.coreLimit, limit + 0.01 < Double(cores) else {
            return Finding("cores", "\(cores) for this process")
        }
        let fitting = max(1, Int(limit))
        return Finding(
            "cores", .warning,
            "\(cores) visible, but the container allows the time of \(NumberText.fixed(limit, digits: 1))",
            remedy: "set engine.threads so that ranks x threads is at most \(fitting)")
    }

    private static func blas(_ measurement: Measurement) -> Finding {
        let result = MatrixProductBenchmark.run(size: measurement.size, leastSeconds: measurement.leastSeconds)
        let speed = "\(NumberText.fixed(result.gigaflopsPerSecond, digits: 0)) GFLOP/s in "
            + "\(MatrixProductBenchmark.name) on \(Engine.threadCount) thread\(Engine.threadCount == 1 ? "" : "s")"
        let perThread = result.gigaflopsPerSecond / Double(Engine.threadCount)
        guard perThread < 10, Engine.precision == .fp32 else {
            return Finding("BLAS", "\(Engine.blasDescription); \(speed); \(rounded)")
        }
        return Finding(
            "BLAS", .warning, "\(Engine.blasDescription); only \(speed); \(rounded)",
            remedy:
                "check that libopenblas, not the reference BLAS, is loaded, and that other programs leave the cores "
                    + "free"
        )
    }

    /// What `engine.precision: bf16` would use on the processor.
    private static var rounded: String {
        do { return "bf16 by \(try Precision.processorsLibrary())" } catch {
            return "no bf16: \(error)"
        }
    }

    /// What `engine.device` may name here.
    private static func devices() -> Finding {
        let rounding = Engine.precision == .fp32 ? "" : ", products in \(Engine.precision)"
        let use = "computes on \(Engine.device.name) (\(Engine.deviceDescription))\(rounding)"
        do {
            let cards = try Engine.graphicsCards().enumerated().map { index, card in
                "cuda:\(index) is \(card.name) with \(gibibytes(card.memoryBytes)), experimental"
            }
            let found = cards.isEmpty ? ["no graphics card"] : cards + [sums]
            return Finding("devices", ([use] + found).joined(separator: "; "))
        } catch {
            return Finding("devices", "\(use); no graphics card: \(error)")
        }
    }

    /// What `distribution.transport: nccl` would use.
    private static var sums: String {
        do { return "they add up by \(try DeviceGroup.libraryDescription())" } catch {
            return "no NCCL: \(error)"
        }
    }

    private static func memory() -> Finding {
        let system = SystemFile.memoryInformation("MemAvailable") ?? 0
        let container = ControlGroup.memoryLimitBytes.map { max(0, $0 - (ControlGroup.memoryUseBytes ?? 0)) }
        let free = min(system, container ?? system)
        let limited = container.map { $0 < system } == true ? " (limit of the container)" : ""
        let value = "\(gibibytes(free)) free\(limited)"
        guard free < 2 << 30 else { return Finding("memory", value) }
        return Finding(
            "memory", .warning, value,
            remedy: "daformer-mit-b0 at crop 512 needs about 2 GiB a rank; use a smaller crop or fewer ranks")
    }

    /// Memory of this machine, or what its container may use of it.
    package static var totalMemory: Int? {
        let system = SystemFile.memoryInformation("MemTotal")
        return ControlGroup.memoryLimitBytes.map { min($0, system ?? $0) } ?? system
    }

    private static func sharedMemory() -> Finding {
        var status = statvfs()
        guard statvfs("/dev/shm", &status) == 0 else {
            return Finding(
                "shared memory", .warning, "there is no /dev/shm",
                remedy: "the sample store will use files in $TMPDIR; mount a tmpfs on /dev/shm for speed")
        }
        let size = Int(status.f_blocks) * Int(status.f_frsize)
        let free = Int(status.f_bavail) * Int(status.f_frsize)
        let value = "/dev/shm has \(gibibytes(free)) free of \(gibibytes(size))"
        guard free < 256 << 20 else { return Finding("shared memory", value) }
        return Finding(
            "shared memory", .warning, value,
            remedy: "larger sample stores will use files in $TMPDIR; in Docker, start with --shm-size=2g")
    }

    package static func gibibytes(_ bytes: Int) -> String {
        let mebibytes = Double(bytes) / 1_048_576
        return mebibytes < 1024
            ? NumberText.fixed(mebibytes, digits: 0) + " MiB" : NumberText.fixed(mebibytes / 1024, digits: 1) + " GiB"
    }
}
