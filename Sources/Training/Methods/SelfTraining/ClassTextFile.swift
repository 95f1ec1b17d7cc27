internal import Configuration
internal import Datasets
internal import FoundationEssentials
internal import TensorEngine
internal import TextEncoders

/// A table of class embeddings that a part of the method reads.
struct ClassTextFile {
    /// The key that names it.
    let keyPath: String
    /// As the setting has it, environment variables included.
    let path: String
    /// What it is made of, for the command that makes it.
    let templates: [String]
    /// Options of that command beyond those of every table, with blanks after them.
    var options = ""
    /// Whether there is a last row for pixels without a class.
    var hasIgnoredRow = false

    /// The rows, `[classes, W]` in train-id order, with one more where pixels without a class have theirs.
    ///
    /// - Throws: when there is no such file, naming the command that makes one, and when it does not hold the classes.
    func table(of labelSpace: LabelSpace) throws -> Tensor {
        let path = try Environment.expanded(path, keyPath: keyPath)
        guard FileManager.default.fileExists(atPath: path) else { throw missing(path, labelSpace) }
        let names = labelSpace.classNames + (hasIgnoredRow ? [ClassEmbeddings.ignoredName] : [])
        let table = try ClassEmbeddings(contentsOf: path, classNames: names)
        return Tensor(table.values, shape: [names.count, table.width])
    }

    private func missing(_ path: String, _ labelSpace: LabelSpace) -> ConfigurationError {
        let arguments = templates.isEmpty ? "<files of configs/text>" : templates.joined(separator: " ")
        return ConfigurationError(
            .unreadableFile, keyPath: keyPath,
            "there is no file \(path); make it with `causeway text-embeddings \(options)--tokenizer tokenizer.json "
                + "--weights model.safetensors --label-space \(labelSpace.file ?? labelSpace.name) --templates "
                + "\(arguments) --output \(path)` from CLIP's "
                + "published files, or with another encoder; docs/text.md tells how")
    }
}
