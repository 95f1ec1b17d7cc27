internal import ArgumentParser
internal import SegmentationModels
internal import TensorEngine
internal import Training

/// `causeway bench step`: one supervised training step.
struct BenchStepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step",
        abstract: "Measures a supervised training step of a network on random images, fp32.")

    @Option(help: "The network.")
    var model = ModelName.daformerMitB0

    @Option(help: "Side of the square crops, in pixels.")
    var crop = 512

    @Option(help: "Images a step.")
    var batch = 1

    @Option(help: "Steps to measure; the median is shown.")
    var steps = 5

    @Option(help: "Steps before measuring.")
    var warmup = 2

    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !model.isEncoder else { throw ValidationError("--model must be a segmenter, such as daformer-mit-b0") }
        guard (32...4096).contains(crop), (1...1024).contains(batch) else {
            throw ValidationError("--crop must be from 32 to 4096, --batch from 1 to 1024")
        }
        guard steps >= 1, warmup >= 0 else { throw ValidationError("--steps must be at least 1, --warmup at least 0") }
    }

    func run() throws {
        engine.apply()
        let timings = StepBenchmark(model: model, crop: crop, batch: batch).run(warmup: warmup, steps: steps)
        let (median, best) = (timings.median, timings.map(\.total).min() ?? 0)
        let seconds = timings.map(\.total).sorted()[timings.count / 2]
        let residentBytes = SystemFile.peakResidentBytes ?? 0
        let peak = Engine.memory.statistics.peakBytesInUse
        output.show(
            table: table(median, seconds: seconds, best: best, peak: peak, residentBytes: residentBytes).text,
            json: [
                "model": .string(model.rawValue), "crop": .integer(crop), "batch": .integer(batch),
                "threads": .integer(Engine.threadCount), "cpuLevel": .string(Engine.cpuLevel), "dtype": "fp32",
                "step_s": .number(seconds), "step_s_min": .number(best), "forward_s": .number(median.forward),
                "backward_s": .number(median.backward), "optimizer_s": .number(median.optimizer),
                "images_per_s": .number(Double(batch) / seconds), "peak_tensor_bytes": .integer(peak),
                "peak_rss_bytes": .integer(residentBytes),
                "system_allocations_per_step": .integer(median.systemAllocations),
            ])
    }

    private func table(
        _ median: StepBenchmark.Timing, seconds: Double, best: Double, peak: Int, residentBytes: Int
    ) -> TextTable {
        var table = TextTable(header: ["\(model.rawValue), \(crop)x\(crop), \(Engine.threadCount) threads", ""])
        func milliseconds(_ seconds: Double) -> String { NumberText.significant(seconds * 1000) + " ms" }
        table.append(["step, median", milliseconds(seconds)])
        table.append(["step, best", milliseconds(best)])
        table.append(["forward", milliseconds(median.forward)])
        table.append(["backward", milliseconds(median.backward)])
        table.append(["optimizer", milliseconds(median.optimizer)])
        table.append(["images/s", NumberText.significant(Double(batch) / seconds)])
        table.append(["peak memory of tensors", "\(peak >> 20) MiB"])
        table.append(["peak memory of the process", "\(residentBytes >> 20) MiB"])
        table.append(["system allocations a step", "\(median.systemAllocations)"])
        return table
    }
}
