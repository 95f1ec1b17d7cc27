internal import ArgumentParser
internal import Basics
internal import SegmentationModels
internal import TextEncoders
internal import Training
internal import WeightFiles

/// `causeway forward`: runs a network on tensors from a file, to compare an import with another framework.
struct ForwardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward",
        abstract: "Runs a network on tensors from a file and writes its outputs and gradients.",
        discussion: """
            The input holds `pixels` [B, 3, H, W]; with --gradients also `upstream.<output>` in the shape of an output. \
            The output holds stage1…stage4 of an encoder or logits of a segmenter, [B, C, h, w], and with --gradients \
            `grad.pixels` and `grad.<weight>` of sum(output * upstream), named as in the weights file.

            A network that finds objects also gives fpn1…fpn5, rpn.scores1…5 [B, 3, h, w] and rpn.deltas1…5 \
            [B, 12, h, w]. With `boxes` [B, N, 4] in the input (x1, y1, x2, y2 in pixels) it gives roi.classes \
            [B, N, K + 1], background last, roi.deltas [B, N, 4 K] and roi.masks [B, N, K, 28, 28] of K classes of \
            objects, all before softmax and sigmoid. A Mask2Former gives class_logits [B, Q, K + 1] and mask_logits \
            [B, Q, h, w] of Q queries, mask_features, and aux0.class_logits, aux0.mask_logits, … of the predictions \
            before the last, the first that of the untouched queries; it takes no boxes.

            Sizes that no tensor tells are read from the header of files that Causeway wrote, and from the config.json \
            of transformers beside the weights; what neither tells is taken as published, and a note says so. --sizes \
            gives it: heads and groups of Mask2Former, maskSize and finestScale of Mask R-CNN, detailHeight, \
            detailWidth, detailOverlap (2 or 1) and contextReduction of two resolutions.

            For a text tower the input holds `tokens` [B, L] of integers, and the output `hidden` [B, L, W], `pooled` \
            [B, W] and `projected` [B, P].
            """)

    /// Which statistics batch normalisation uses.
    enum Mode: String, EnumerableFlag {
        case eval
        case train

        static func help(for mode: Mode) -> ArgumentHelp? {
            switch mode {
            case .eval: "Normalise with running statistics."
            case .train: "Normalise with statistics of the batch; drop-out and stochastic depth stay off."
            }
        }
    }

    @Option(
        help: ArgumentHelp(
            "The network: an encoder, a whole network, or a text tower.",
            discussion: "A network is \(NetworkName.expectation); as in mit-b0, daformer-mit-b0, hrda-daformer-mit-b0, "
                + "edaps-mit-b0.")
    )
    var model: ForwardModel

    @Option(
        help: """
            File or folder of weights (safetensors, .pth), named as SegFormer, mmsegmentation, mmdetection or \
            transformers do.
            """)
    var weights: String

    @Option(help: "Safetensors file with pixels (and boxes), or with tokens for a text tower.")
    var input: String

    @Option(help: "Safetensors file to write.")
    var output: String

    @Flag(help: "Write gradients too.")
    var gradients = false

    @Flag var mode = Mode.eval

    @Option(help: "Epsilon of every layer norm (default: that of the program the weights come from).")
    var layerNormEps: Float?

    @Option(
        parsing: .upToNextOption,
        help: "Sizes that no tensor tells, where the file does not say them: NAME=NUMBER ..., as in heads=4 groups=16.")
    var sizes: [String] = []

    @OptionGroup var engine: EngineOptions

    func validate() throws {
        if let layerNormEps, !(layerNormEps >= 0 && layerNormEps.isFinite) {
            throw ValidationError("--layer-norm-eps must be a number of at least 0, got \(layerNormEps)")
        }
        guard told != nil else {
            throw ValidationError(
                "--sizes must be names and positive numbers, each name once, as in heads=4 groups=16, got "
                    + "'\(sizes.joined(separator: " "))'")
        }
        if case .text = model, gradients || mode != .eval || layerNormEps != nil || !sizes.isEmpty {
            throw ValidationError("text towers run without --gradients, --train, --layer-norm-eps and --sizes")
        }
    }

    private var told: ToldSizes? { ToldSizes(text: sizes.joined(separator: " ")) }

    func run() throws {
        try engine.apply()
        switch model {
        case .segmentation(let name): try run(name)
        case .text(let name):
            let (tower, report) = try name.load(weights)
            StandardError.write(report.text)
            try CLIPTextForwardRun.run(tower, input: input, output: output)
        }
    }

    private func run(_ model: NetworkName) throws {
        let (file, told) = (try WeightsFile.open(weights), told ?? ToldSizes())
        let network = try NetworkWeights.emptyModel(model, fitting: file, said: told)
        if let assumed = try NetworkWeights.assumptions(of: network, fitting: file, said: told) {
            StandardError.write("note: \(assumed); give others with --sizes\n")
        }
        let run = ForwardRun(
            mode: mode == .train ? .training : .evaluation, wantsGradients: gradients, layerNormEpsilon: layerNormEps)
        let report = try run.run(network, weights: weights, input: input, output: output)
        StandardError.write(report.text)
    }
}
