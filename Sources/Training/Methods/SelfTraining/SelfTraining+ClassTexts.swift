internal import Configuration
internal import Randomness
internal import TensorEngine

/// The tables of class embeddings, `[classes, W]`, that parts of the method compare features with.
extension SelfTraining {
    /// Embeddings of the class descriptions; nil without text alignment.
    func classTexts(in run: RunConfiguration, _ materials: StudentAssembly.Materials) throws -> Tensor? {
        guard let textAlignment else { return nil }
        switch materials {
        case .files: return try textAlignment.file.table(of: run.labelSpace.space)
        case .drawn: return Self.drawnTable([run.model.classes, 512], seed: run.seed)
        }
    }

    /// What pixels are compared with, with a last row for those without a class; nil without pixel texts.
    ///
    /// - Throws: also where the table is of another width than what it is compared with.
    func pixelTexts(in run: RunConfiguration, _ materials: StudentAssembly.Materials) throws -> Tensor? {
        guard let pixelText, let width = run.model.textFeatureWidth else { return nil }
        guard case .files = materials else { return Self.drawnTable([run.model.classes + 1, width], seed: run.seed) }
        let table = try pixelText.file.table(of: run.labelSpace.space)
        let needed = table.shape[1]
        guard needed == width else {
            let present = run.model.textProjection == nil ? "the head's fused map" : "model.textProjection"
            throw ConfigurationError(
                .impossibleCombination, keyPath: pixelText.file.keyPath,
                "its rows have \(needed) numbers, \(present) has \(width); use a head of that width "
                    + "(model.decoder.width=\(needed), as published), or model.textProjection=\(needed), a cheap stand-in "
                    + "that only training has")
        }
        return table
    }

    /// How long a loss takes does not depend on its table.
    private static func drawnTable(_ shape: [Int], seed: UInt64) -> Tensor {
        var random = RandomStream(seed: seed, .drawnEmbeddings)
        return Tensor((0..<shape[0] * shape[1]).map { _ in random.uniform() }, shape: shape)
    }
}

extension TextAlignmentConfiguration {
    var file: ClassTextFile {
        ClassTextFile(keyPath: "method.textAlignment.embeddings", path: embeddings, templates: templates)
    }
}

extension PixelTextConfiguration {
    var file: ClassTextFile {
        ClassTextFile(
            keyPath: "method.pixelText.embeddings", path: embeddings, templates: templates,
            options: "--model clip-text-vit-l-14 --vectors pooled --tokens 20 --ignored-row ", hasIgnoredRow: true)
    }
}
