import WeightFiles

/// The naming of one network in a file: a convention, and what stands before the names.
public struct WeightsFormat: Sendable, Equatable {
    public var convention: WeightConvention
    /// Before the encoder's names, with its dot: `""`, `segformer.`, `backbone.`, ….
    public var encoderPrefix: String
    /// Before the names of all else, such as `decode_head.`, with its dot.
    public var headPrefix: String

    public init(_ convention: WeightConvention, encoderPrefix: String = "", headPrefix: String = "") {
        self.convention = convention
        self.encoderPrefix = encoderPrefix
        self.headPrefix = headPrefix
    }

    /// Our own names for a whole network.
    public static let network = WeightsFormat(.original, encoderPrefix: "backbone.")

    /// What a network is written with that was read under these names: themselves, or ours where they are not written.
    package func written(for parts: [WeightPart]) -> WeightsFormat {
        guard let first = parts.first, table(of: parts)?.isWritten != true else { return self }
        var format = self
        format.convention = first.names[0].convention
        return format
    }

    /// The names of the first part; nil where it has none of the convention.
    func table(of parts: [WeightPart]) -> WeightNames? {
        parts.first?.names.first { $0.convention == convention }
    }

    /// The names under which one of our tensors lies in the file: one, or several stacked along the first axis.
    ///
    /// - Parameter parts: of our network.
    package func fileNames(of name: String, in parts: [WeightPart]) -> [String] {
        sources(of: name, in: parts).map(\.name)
    }

    /// The tensors of the file, or parts of them, that one of our tensors is made of.
    func sources(of name: String, in parts: [WeightPart]) -> [WeightSource] {
        guard let place = place(of: name, in: parts) else { return [WeightSource(headPrefix + name)] }
        return place.names.sources(place.name).map { $0.below(place.prefix) }
    }

    /// Whether a file is of a kind that never has one of our tensors.
    func isAbsent(_ name: String, from file: any TensorFile, in parts: [WeightPart]) -> Bool {
        guard let place = place(of: name, in: parts), let absent = place.names.absent else { return false }
        return file.contains(place.prefix + absent.marker) && absent.contains(place.name)
    }

    /// The component that has one of our tensors, its names, and what stands before them in the file.
    private func place(of name: String, in parts: [WeightPart]) -> (names: WeightNames, name: String, prefix: String)? {
        guard let index = parts.firstIndex(where: { name.hasPrefix($0.path) }) else { return nil }
        let part = parts[index]
        let names = part.names(of: convention)
        let prefix = index == 0 ? encoderPrefix : headPrefix + part.place(of: names)
        return (names, String(name.dropFirst(part.path.utf8.count)), prefix)
    }
}
