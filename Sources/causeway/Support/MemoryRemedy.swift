internal import ArgumentParser

/// What somebody can do when a command gets no more memory; ends the sentence that says so.
enum MemoryRemedy {
    /// The same of the memory of a device.
    static func deviceText(for command: any ParsableCommand) -> String {
        switch command {
        case is TrainCommand, is PipelineCommand, is BenchStepCommand:
            "lower training.batch.images or data.crop, set engine.recompute: block, use more ranks with a card each, or a card "
                + "with more memory"
        case is PredictCommand, is EvaluateCommand, is MakeSubmissionCommand:
            "set evaluation.inference: {kind: sliding} with smaller windows and windowsPerBatch: 1, lower "
                + "evaluation.wholeMegapixels, or use a card with more memory"
        case is ForwardCommand: "give fewer or smaller images in --input, or use a card with more memory"
        default: "use a card with more memory"
        }
    }

    static func text(for command: any ParsableCommand) -> String {
        switch command {
        case is TrainCommand, is PipelineCommand, is BenchStepCommand, is PreviewCommand:
            "lower training.batch.images, data.crop or data.storeMegabytes, set engine.recompute: block, or use a machine with "
                + "more memory; `causeway doctor --config` tells beforehand what a job needs"
        case is PredictCommand, is EvaluateCommand, is MakeSubmissionCommand:
            "set evaluation.inference: {kind: sliding} with smaller windows and windowsPerBatch: 1, lower "
                + "evaluation.wholeMegapixels, start fewer ranks a machine, or use smaller images"
        case is ForwardCommand: "give fewer or smaller images in --input, or use a machine with more memory"
        case is MakeToytownCommand: "make smaller scenes, --size, or use a machine with more memory"
        case is BenchLoaderCommand: "lower data.storeMegabytes, or use a machine with more memory"
        default: "use a machine with more memory, raise the limit of memory, or give smaller files"
        }
    }
}
