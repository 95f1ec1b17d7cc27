internal import ArgumentParser
internal import Basics
internal import Collectives
internal import SegmentationModels
internal import Training

/// `causeway export`: the weights of a trained network for other programs.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes the weights of a trained network under the names of other programs.",
        discussion: """
            Writes model.safetensors, in PyTorch's order of axes, and with the names of transformers also the \
            config.json with which `from_pretrained(FOLDER)` of transformers loads it: \
            `Mask2FormerForUniversalSegmentation` a whole Mask2Former on Swin, `SwinBackbone` and `SegformerModel` the \
            encoder of other networks, and a note says what is passed over and why. transformers computes every layer \
            norm with the epsilon 1e-5, SegFormer those \
            of its blocks with 1e-6: features of a MiT trained here differ a little, unless it was trained with \
            model.layerNormEps: 1.0e-5.
            """)

    @Argument(help: "Folder that `causeway train` wrote, a checkpoint, or a file of weights with --config.")
    var network: String

    @OptionGroup var model: ModelOptions

    @Option(help: "Folder to write.")
    var out: String

    @Option(
        name: [.customLong("for"), .customLong("format")],
        help: ArgumentHelp(
            "Names: 'transformers' for Hugging Face's, 'original' for the authors' programs, such as SegFormer, "
                + "Mask2Former, mmsegmentation and DAFormer (default: transformers, original for encoders that it does "
                + "not know)."))
    var format: TrainedModel.ExportFormat?

    @Option(help: "What to write.")
    var part = TrainedModel.ExportPart.network

    @Option(help: "Numbers: 'fp32', or 'fp16' for half the size.")
    var type = WeightsPrecision.single

    @Option(
        parsing: .upToNextOption, help: "What else the file's header tells, such as a licence: KEY=TEXT ...")
    var metadata: [String] = []

    func validate() throws {
        for pair in metadata where !pair.dropFirst().contains("=") {
            throw ValidationError("--metadata needs KEY=TEXT, got '\(pair)'")
        }
        let keys = notes.map(\.key)
        guard Set(keys).count == keys.count else { throw ValidationError("--metadata must name each key once") }
    }

    private var notes: [(key: String, text: String)] {
        metadata.map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), String(parts[1]))
        }
    }

    func run() throws {
        let header = Dictionary(uniqueKeysWithValues: notes.map { ($0.key, $0.text) })
        CommandJob.run { world in
            let trained = try model.load(network, world: world)
            guard world.rank == 0 else { return }
            let exported = try trained.export(
                part, as: format ?? trained.usualExportFormat, to: out, precision: type, metadata: header)
            for path in exported.files { print(path) }
            if let reader = exported.architecture {
                StandardError.write("transformers loads it with \(reader).from_pretrained(\"\(out)\")\n")
                if let leftOut = exported.leftOut {
                    StandardError.write(
                        "note: that is the encoder alone, and passes over \(leftOut); the file holds it all, under our "
                            + "names\n")
                }
            }
        }
    }
}
