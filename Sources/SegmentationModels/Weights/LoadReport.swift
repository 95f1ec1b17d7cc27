public import NN

/// What a load of weights found, in the names of the file.
public struct LoadReport: Sendable, Equatable {
    /// How the file names its tensors.
    public let format: WeightsFormat
    /// Tensors of the network that were filled.
    public internal(set) var loadedCount = 0
    /// What the network needs and the file lacks; these tensors kept their values.
    public internal(set) var missing: [String] = []
    /// What the file has and the network has no place for.
    public internal(set) var unexpected: [String] = []
    /// Tensors passed over because their shape differs.
    public internal(set) var wrongShape: [Mismatch] = []

    /// A tensor whose shape in the file is not the one the network needs.
    public struct Mismatch: Sendable, Equatable {
        public let name: String
        public let found: [Int]
        public let needed: [Int]
    }

    /// Whether every tensor of the network was filled.
    public var isComplete: Bool { missing.isEmpty && wrongShape.isEmpty }

    /// One line for a person.
    public var summary: String {
        var text = "loaded \(loadedCount) tensors, named as in \(format.convention.rawValue)"
        for (what, names) in [
            ("missing", missing), ("unexpected", unexpected), ("of another shape", wrongShape.map(\.name)),
        ] where !names.isEmpty {
            text += "; \(names.count) \(what) (\(Self.shortened(names)))"
        }
        return text
    }

    private static func shortened(_ names: [String]) -> String {
        names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
    }

    /// - Throws: `WeightsError` naming the first tensors that were not filled.
    public func requireComplete(_ file: String) throws(WeightsError) {
        if let first = wrongShape.first { throw first.error(file) }
        guard !missing.isEmpty else { return }
        throw WeightsError(
            .missing, file: file,
            "lacks \(missing.count) tensors of the network (\(Self.shortened(missing))); "
                + "use the network the file was made for")
    }
}

extension LoadReport.Mismatch {
    func error(_ file: String) -> WeightsError {
        WeightsError(
            .wrongShape, file: file, tensor: name,
            "has shape \(found), the network needs \(needed); use the network and class count it was made for")
    }
}
