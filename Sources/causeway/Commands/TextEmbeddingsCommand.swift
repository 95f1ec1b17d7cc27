internal import ArgumentParser
internal import Basics
internal import DataParallel
internal import Datasets
internal import FoundationEssentials
internal import NN
internal import TextEncoders
internal import Training
internal import WeightFiles

/// `causeway text-embeddings`: makes the table of class embeddings that training compares pixel features with.
struct TextEmbeddingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "text-embeddings",
        abstract: "Encodes the classes in prompts of several domains and writes the table of their mean vectors.",
        discussion: """
            Needs a CLIP text tower and its vocabulary; docs/text.md says where from. The table is made once, training
            reads it. The file holds `embeddings` [classes, width] and, in its metadata, what it was made of.
            """)

    @OptionGroup var vocabulary: VocabularyOptions

    @Option(help: "The text tower.")
    var model = CLIPTextTowerName.vitB32

    @Option(help: "File or folder of its weights (safetensors, .bin), named as transformers does, with config.json.")
    var weights: String

    @Option(help: "The classes: a name of configs/labels, or the path of a label space.")
    var labelSpace = LabelSpaceConfiguration.standard

    @Option(parsing: .upToNextOption, help: "YAML files of prompt templates, one a domain.")
    var templates: [String]

    @Option(help: "Whether templates or domains count the same.")
    var weighting = ClassTableRecipe.Weighting.union

    @Option(help: "'road with wet gloss' as released with CoPT, or 'A road with wet gloss' as in the paper.")
    var shape = PromptTemplate.Shape.release

    @Option(help: "What a prompt's vector is: 'projected' to the space of images, or 'pooled', the state before that.")
    var vectors = CLIPTextEncoder.Vectors.projected

    @Option(
        help: "Tokens that prompts are cut to and filled up to, markers included; their own number where not given.")
    var tokens: Int?

    @Flag(help: "Add a last row for pixels without a class, of the empty prompt, as method.pixelText needs it.")
    var ignoredRow = false

    @Flag(help: "Bring each prompt's vector to length 1, and their mean again.")
    var normalize = false

    @Option(help: "Safetensors file to write.")
    var output: String

    @OptionGroup var engine: EngineOptions

    func validate() throws {
        guard !templates.isEmpty else { throw ValidationError("--templates needs at least one file") }
        if let tokens, tokens < 2 { throw ValidationError("--tokens must be at least 2: the markers of start and end") }
    }

    func run() throws {
        try engine.apply()
        let space = try LabelSpaceLibrary.standard.space(labelSpace, keyPath: "--label-space")
        var domains: [DomainTemplates] = []
        for path in templates { domains.append(try TemplateFile.load(path)) }
        let recipe = ClassTableRecipe(
            domains: domains, weighting: weighting, shape: shape, normalizes: normalize, hasIgnoredRow: ignoredRow)
        let (tower, report) = try model.load(weights)
        StandardError.write(report.text)
        var encoder = try CLIPTextEncoder(try vocabulary.open(), tower, vectors: vectors, length: tokens)
        let table = try recipe.table(space.classNames, width: encoder.width) { prompts throws(TokenError) in
            try encoder.vectors(of: prompts)
        }
        let origin = [
            "encoder": model.rawValue, "weights": try fingerprint(report.file), "labelSpace": space.name,
            "vectors": vectors.rawValue, "tokens": tokens.map { "\($0)" } ?? "as many as each prompt has",
        ]
        try table.adding(origin).write(output)
        let extra = ignoredRow ? " and a row for pixels without one" : ""
        print("\(output): \(space.classNames.count) classes\(extra), of width \(table.width)")
    }

    /// Name and hash of a file.
    private func fingerprint(_ path: String) throws -> String {
        try RegularFile.require(path)
        let content = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
        let hash = content.withUnsafeBytes { XXHash64.hash($0) }
        return "\(URL(filePath: path).lastPathComponent) xxh64:\(String(hash, radix: 16))"
    }
}
