internal import ArgumentParser
internal import Collectives
internal import Datasets
internal import Evaluation
internal import ImageIO
internal import MPICollectives
internal import TensorEngine
internal import Training

/// `causeway predict`: class maps of a folder of images.
struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Predicts the classes of all images in a folder; under mpirun with all ranks.",
        discussion: """
            Writes three PNG files an image, in its own size and under its name: labels/ (train ids), colors/ (display \
            colours) and overlays/ (colours over the image).
            """)

    @Argument(help: "Folder that `causeway train` wrote.")
    var model: String

    @Option(help: "Folder of PNG and JPEG images.")
    var images: String

    @Option(help: "Folder to write.")
    var out: String

    @Option(name: .customLong("set"), help: "Changes one key of the run's configuration: key.path=value.")
    var changes: [String] = []

    @Option(help: "Share of colour in the overlays, from 0 to 1.")
    var opacity: Float = 0.5

    func validate() throws {
        guard (0...1).contains(opacity) else { throw ValidationError("--opacity must be from 0 to 1, got \(opacity)") }
    }

    func run() throws {
        MPIEnvironment.run { world in
            let share = try CoreShare(of: world)
            let files = try ImageFolder(images).files
            let trained = try TrainedModel(runFolder: model, overrides: changes)
            Engine.setThreadCount(trained.configuration.engine.threadCount(share))
            let writer = try PredictionWriter(
                folder: out, palette: try trained.labelSpace().palette, opacity: opacity)
            let predictor = trained.predictor()
            for index in ImageShare(rank: world.rank, count: world.size).indices(of: files.count) {
                let image = try ImageCodec.readRGB(files[index].path)
                let prediction = try predictor.predict(image, name: files[index].path)
                try writer.write(prediction.labels, of: image, name: files[index].name)
            }
            try world.barrier()
            if world.rank == 0 { print("\(out): \(files.count) images") }
        }
    }
}
