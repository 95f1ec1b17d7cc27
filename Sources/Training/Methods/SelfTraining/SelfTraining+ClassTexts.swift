internal import Configuration
internal import Datasets
internal import DomainAdaptation
internal import FoundationEssentials
internal import NN
internal import Randomness
internal import TensorEngine
internal import TextEncoders

extension SelfTraining {
    /// Embeddings of the class descriptions, `[classes, W]`; nil without text alignment.
    func classTexts(in run: RunConfiguration, _ materials: StudentAssembly.Materials) throws -> Tensor? {
        guard let textAlignment else { return nil }
        switch materials {
        case .files: return try textAlignment.table(of: run.model.labelSpace())
        case .drawn:
            // How long the loss takes does not depend on them.
            var random = RandomStream(seed: run.seed, .drawnEmbeddings)
            let (classes, width) = (run.model.classes, 512)
            return Tensor((0..<classes * width).map { _ in random.uniform() }, shape: [classes, width])
        }
    }
}

extension TextAlignmentConfiguration {
    private static let keyPath = "method.textAlignment.embeddings"

    private var templateArguments: String {
        templates.isEmpty ? "<files of configs/text>" : templates.joined(separator: " ")
    }

    /// The embeddings of the class descriptions, `[classes, W]` in train-id order.
    ///
    /// - Throws: when there is no such file, naming the command that makes one, and when it does not hold the classes.
    fileprivate func table(of labelSpace: LabelSpaceKind) throws -> Tensor {
        let path = try Environment.expanded(embeddings, keyPath: Self.keyPath)
        guard FileManager.default.fileExists(atPath: path) else {
            throw ConfigurationError(
                .unreadableFile, keyPath: Self.keyPath,
                "there is no file \(path); make it with `causeway text-embeddings --tokenizer tokenizer.json "
                    + "--weights model.safetensors --templates \(templateArguments) --output \(path)` from CLIP's "
                    + "published files, or with another encoder; docs/text.md tells how")
        }
        let names = labelSpace.space.classNames
        let table = try ClassEmbeddings(contentsOf: path, classNames: names)
        return Tensor(table.values, shape: [names.count, table.width])
    }
}
