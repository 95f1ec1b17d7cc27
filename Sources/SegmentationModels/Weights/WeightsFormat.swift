internal import NN

/// The naming of one network in a file: a convention, and what stands before the names.
public struct WeightsFormat: Sendable, Equatable {
    public var convention: WeightConvention
    /// Before the encoder's names, with its dot: `""`, `segformer.`, `backbone.`, ….
    public var encoderPrefix: String
    /// Before `decode_head.`, with its dot.
    public var headPrefix: String

    public init(_ convention: WeightConvention, encoderPrefix: String = "", headPrefix: String = "") {
        self.convention = convention
        self.encoderPrefix = encoderPrefix
        self.headPrefix = headPrefix
    }

    /// Our own names for a whole network.
    public static let network = WeightsFormat(.original, encoderPrefix: "backbone.")

    /// What a network is written with that was read under these names: themselves, or ours where they are not written.
    package var written: WeightsFormat {
        var format = self
        if convention == .mmsegmentation { format.convention = .original }
        return format
    }

    /// The names under which one of our tensors lies in the file: one, or several stacked along the first axis.
    ///
    /// - Parameter encoderPath: what stands before the encoder's names in our network.
    package func fileNames(of name: String, encoderPath: String) -> [String] {
        sources(of: name, encoderPath: encoderPath).map(\.name)
    }

    /// The tensors of the file, or parts of them, that one of our tensors is made of.
    func sources(of name: String, encoderPath: String) -> [WeightSource] {
        guard name.hasPrefix(encoderPath), !name.hasPrefix("decode_head.") else {
            return [WeightSource(headPrefix + name)]
        }
        let inner = String(name.dropFirst(encoderPath.count))
        return MixTransformerNames.sources(of: inner, in: convention).map {
            WeightSource(encoderPrefix + $0.name, $0.part)
        }
    }
}

/// A tensor of a file, or a part of its rows.
struct WeightSource: Equatable {
    /// `count` parts from part `first`, of `of` in all.
    typealias Part = (first: Int, count: Int, of: Int)

    let name: String
    let part: Part

    init(_ name: String, _ part: Part = (0, 1, 1)) {
        self.name = name
        self.part = part
    }

    /// The elements of the part.
    func elements(of entry: TensorEntry) -> Range<Int> {
        let one = entry.elementCount / part.of
        return part.first * one..<(part.first + part.count) * one
    }

    static func == (first: WeightSource, second: WeightSource) -> Bool {
        first.name == second.name && first.part == second.part
    }
}
