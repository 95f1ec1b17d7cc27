internal import Basics
internal import Configuration
internal import DataParallel
internal import Datasets
internal import FoundationEssentials
internal import WeightFiles

/// The classes that weights were trained on, as their file or checkpoint says.
struct TrainedClasses {
    private let path: String
    /// Of the label space.
    private let name: String
    private let classNames: [String]

    /// Names of the label space and of the classes, in train id order as JSON.
    private static let labelSpaceKey = "label_space"
    private static let classesKey = "classes"

    /// What files of weights say of the classes.
    static func metadata(of space: LabelSpace) -> [String: String] {
        [labelSpaceKey: space.name, classesKey: JSONValue.array(space.classNames.map { .string($0) }).text]
    }

    /// nil for a file that does not say.
    init?(_ weights: any TensorFile) {
        guard let text = weights.metadata[Self.classesKey],
            let names = try? JSONDecoder().decode([String].self, from: Data(text.utf8))
        else { return nil }
        path = weights.path
        name = weights.metadata[Self.labelSpaceKey] ?? "another label space"
        classNames = names
    }

    /// nil for a setting that cannot be read any more.
    init?(_ checkpoint: Checkpoint) {
        guard let text = checkpoint.state["configuration"],
            let stored = try? ConfigurationFile.decode(
                // Folders that are elsewhere now say nothing of the classes.
                yaml: text, fileName: checkpoint.path, variable: { _ in "." })
        else { return nil }
        path = checkpoint.path
        name = stored.labelSpace.space.name
        classNames = stored.labelSpace.space.classNames
    }

    /// Outputs of other classes would be learnt, scored and drawn under wrong names.
    ///
    /// - Throws: `ConfigurationError` where the setting has other classes.
    func require(_ space: LabelSpace) throws(ConfigurationError) {
        guard classNames != space.classNames else { return }
        throw ConfigurationError(
            .impossibleCombination, keyPath: "labelSpace",
            "\(path) was trained on the \(classNames.count) classes of \(name) "
                + "(\(classNames.joined(separator: ", "))), the setting has those of \(space.name) "
                + "(\(space.classNames.joined(separator: ", "))); give the label space of the weights, and for scores "
                + "in another one evaluation.labelSpace")
    }
}
