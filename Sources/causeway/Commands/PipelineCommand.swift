internal import ArgumentParser
internal import Basics
internal import Collectives
internal import Glibc
internal import Training

/// `causeway pipeline`: trainings that build on each other, in one job.
struct PipelineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline",
        abstract: "Trains a model for each group of classes, fuses what they see in the target, and trains on that.",
        discussion: """
            The file names the groups and the settings of three trainings: on the source and adapted, once for each group, \
            and a final one on the labels made of what all groups see. Each writes as `train` does, to OUT/<group>/source, \
            OUT/<group>/adapted and OUT/final; the labels are a data set in Cityscapes' layout in OUT/fused. Under mpirun \
            all ranks train one model after another, or, with jobs: side-by-side, a group each.

            A signal that ends `train` ends this too, with exit status \(StopSignal.stoppedStatus); --resume goes on inside the \
            stage, and stages that are done are passed over.
            """)

    @Option(help: "YAML file of the pipeline, such as configs/pipelines/toytown-instance.yaml.")
    var config: String

    @Option(
        name: .customLong("set"),
        help: """
            Changes one key: of the pipeline, or after source., adapted. or final. of that setting, or after stages. of all \
            three. May be given several times; the last one wins.
            """)
    var changes: [String] = []

    @Option(help: "Folder for all stages.")
    var out: String

    @Flag(help: "Go on where an earlier job in the folder ended.")
    var resume = false

    @Option(help: "The only stages to run: \(PipelineRun.stageNames.joined(separator: ", ")).")
    var stage: String?

    @Option(help: "The only group whose stages are run.")
    var group: String?

    func validate() throws {
        guard stage.map(PipelineRun.stageNames.contains) ?? true else {
            throw ValidationError(
                "--stage must be one of \(PipelineRun.stageNames.joined(separator: ", ")), got '\(stage ?? "")'")
        }
    }

    func run() throws {
        let options = PipelineRun.Options(outputFolder: out, resumes: resume, stage: stage, group: group)
        var isFinished = true
        CommandJob.run(comparing: JobFacts.program) { world in
            isFinished = try PipelineRun(file: config, changes: changes, options: options, world: world).run {
                title, total in
                let progress = CountProgress(title, total: total)
                return { progress.show($0) }
            }
        }
        if !isFinished { throw ExitCode(StopSignal.stoppedStatus) }
    }
}
