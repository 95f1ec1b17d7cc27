internal import Basics
package import Configuration
public import Datasets

/// The label space that a setting names: by the path of its file, by the name of a file in `configs/labels`, or written
/// out, as in settings that runs store.
public struct LabelSpaceConfiguration: Sendable {
    /// The classes of Cityscapes.
    public static let standard = "cityscapes19"

    /// nil where the space is written out.
    private var reference: String?
    private var loaded: LabelSpace?

    public init() { reference = Self.standard }

    public init(_ space: LabelSpace) { loaded = space }

    /// - Throws: when the space is not found or its file is wrong, naming file, line and key.
    package init(_ node: ConfigurationNode, keyPath: String) throws(ConfigurationError) {
        guard case .scalar(let text, _) = node.value, !node.isNull, !text.isEmpty else {
            guard node.entries != nil else {
                throw ConfigurationError(
                    .wrongType, keyPath: keyPath, origin: node.origin,
                    "expected a label space's name, the path of its file, or the space itself, got \(node.summary)")
            }
            loaded = try LabelSpaceReader(node, path: keyPath).read()
            return
        }
        reference = text
        loaded = try LabelSpaceLibrary.standard.space(
            text, from: node.origin.folder, keyPath: keyPath, origin: node.origin)
    }

    /// Reads the space where that was not done yet, as of a setting that no file holds.
    package mutating func load(keyPath: String) throws(ConfigurationError) {
        guard loaded == nil, let reference else { return }
        loaded = try LabelSpaceLibrary.standard.space(reference, keyPath: keyPath)
    }

    /// As it is written out: the space itself, or its name where it is not found, of which `load` will tell.
    fileprivate var tree: ConfigurationNode {
        let found = loaded ?? reference.flatMap { try? LabelSpaceLibrary.standard.space($0) }
        return found?.tree ?? ConfigurationNode(.scalar(reference ?? Self.standard, isPlain: false))
    }

    /// The space.
    ///
    /// - Precondition: it was loaded, as in every setting that was read, or can be found.
    public var space: LabelSpace {
        if let loaded { return loaded }
        guard let found = try? LabelSpaceLibrary.standard.space(reference ?? Self.standard) else {
            preconditionFailure("LabelSpaceConfiguration: a setting that is not read from a file needs a label space")
        }
        return found
    }
}

extension LabelSpaceConfiguration: Equatable {
    public static func == (left: LabelSpaceConfiguration, right: LabelSpaceConfiguration) -> Bool {
        left.space == right.space
    }
}

extension ConfigurationFields {
    /// A label space.
    mutating func labelSpace(_ key: String, _ value: inout LabelSpaceConfiguration) throws(ConfigurationError) {
        try custom(
            key, &value,
            read: { (node, keyPath) throws(ConfigurationError) in try LabelSpaceConfiguration(node, keyPath: keyPath) },
            written: { $0.tree })
    }

    /// A label space, or `null`.
    mutating func optionalLabelSpace(
        _ key: String, _ value: inout LabelSpaceConfiguration?
    ) throws(ConfigurationError) {
        try custom(
            key, &value,
            read: { (node, keyPath) throws(ConfigurationError) in
                node.isNull ? nil : try LabelSpaceConfiguration(node, keyPath: keyPath)
            },
            written: { $0?.tree ?? ConfigurationNode(.scalar("null", isPlain: true)) })
    }
}

extension ConfigurationOrigin {
    /// The folder of the file.
    fileprivate var folder: String? {
        guard case .file(let path, _) = self else { return nil }
        return FilePath.folder(of: path)
    }
}
