internal import Basics
internal import Configuration
internal import FoundationEssentials
public import WeightFiles

/// What a network computes with and no shape of a tensor tells, by name: `heads` and `groups` of Mask2Former,
/// `finestScale` of Mask R-CNN, `detailHeight` of a network of two resolutions.
///
/// Files that are written here say it in their header, and `config.json` beside files of transformers says a part.
/// Where neither does, published numbers are assumed, and `NetworkWeights.assumptions` says so.
public struct ToldSizes: Sendable, Equatable {
    public private(set) var numbers: [String: Double]

    public init(_ numbers: [String: Double] = [:]) { self.numbers = numbers }

    /// Reads `heads=4 groups=16`; nil for anything else, numbers that are not positive, and names that stand twice.
    public init?(text: String) {
        self.init()
        for pair in text.split(separator: " ") {
            let parts = pair.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, let number = Double(parts[1]), number > 0, number < 1e9,
                numbers.updateValue(number, forKey: String(parts[0])) == nil
            else { return nil }
        }
    }

    public var isEmpty: Bool { numbers.isEmpty }

    /// `groups=16 heads=4`, in the order of names.
    public var text: String {
        numbers.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.text($0.value))" }.joined(separator: " ")
    }

    private static func text(_ number: Double) -> String { Int(exactly: number).map { "\($0)" } ?? "\(Float(number))" }

    /// The key of the header's metadata.
    static let headerKey = "untold_sizes"

    /// What is known of a file: its header says more surely than `config.json` beside it, and a person must agree with
    /// both.
    ///
    /// - Parameter said: by a person.
    /// - Throws: `WeightsError` where that contradicts, or what the file says cannot be read.
    init(of file: any TensorFile, said: ToldSizes) throws(WeightsError) {
        numbers = try Self.besideFile(file.path)
        if let text = file.metadata[Self.headerKey] {
            guard let header = ToldSizes(text: text) else {
                throw WeightsError(
                    .malformed, file: file.path,
                    "metadata '\(Self.headerKey)' is '\(text)'; it must be names and numbers, as in heads=8 groups=32")
            }
            numbers.merge(header.numbers) { _, own in own }
        }
        for (name, number) in said.numbers {
            guard let known = numbers.updateValue(number, forKey: name), known != number else { continue }
            throw WeightsError(
                .wrongShape, file: file.path,
                "says itself, or by its config.json, that \(name) is \(Self.text(known)), not \(Self.text(number)); leave "
                    + "\(name) out")
        }
    }

    /// A whole number.
    ///
    /// - Throws: `WeightsError` where it is none, or too large for any network.
    func whole(_ name: String, in file: String) throws(WeightsError) -> Int? {
        guard let number = numbers[name] else { return nil }
        guard let whole = Int(exactly: number), (1...WeightShapes.largestSize).contains(whole) else {
            throw WeightsError(
                .wrongShape, file: file,
                "is to have \(name)=\(Self.text(number)); give a whole number of at most \(WeightShapes.largestSize)")
        }
        return whole
    }
}

// MARK: - transformers

extension ToldSizes {
    private struct TransformersFile: Decodable {
        // Named as in the file.
        let model_type: String?
    }

    /// The parts of the configuration of a Mask2Former that shapes do not tell; others have lists under such names.
    private struct Mask2FormerFile: Decodable {
        let num_attention_heads: Int?
    }

    /// What transformers wrote of a network beside its weights. Its norms always have 32 groups.
    private static func besideFile(_ weights: String) throws(WeightsError) -> [String: Double] {
        let path = FilePath.beside(weights, "config.json")
        guard let data = FileManager.default.contents(atPath: path) else { return [:] }
        do {
            let file = try JSONDecoder().decode(TransformersFile.self, from: data)
            guard file.model_type == "mask2former" else { return [:] }
            let heads = try JSONDecoder().decode(Mask2FormerFile.self, from: data).num_attention_heads
            return ["heads": Double(heads ?? 8), "groups": 32]
        } catch {
            throw WeightsError(
                .malformed, file: path,
                "is not the configuration of a model of transformers; take it away or copy it again")
        }
    }
}

// MARK: - Networks

extension SegmentationNetwork {
    /// What it computes with and no shape of its tensors tells.
    public var untoldSizes: ToldSizes {
        let objects = objectDecoder?.config.untoldSizes ?? [:]
        return ToldSizes(objects.merging(multiResolution?.untoldSizes ?? [:]) { own, _ in own })
    }
}

extension MultiResolutionConfig {
    /// Those that an inference pass depends on.
    var untoldSizes: [String: Double] {
        [
            "detailHeight": Double(detail.height), "detailWidth": Double(detail.width),
            "contextReduction": Double(contextReduction), "detailOverlap": overlap ? 2 : 1,
        ]
    }

    /// - Parameter stride: pixels in one cell of the network's logits.
    mutating func take(_ sizes: ToldSizes, stride: Int, of file: String) throws(WeightsError) {
        detail.height = try sizes.whole("detailHeight", in: file) ?? detail.height
        detail.width = try sizes.whole("detailWidth", in: file) ?? detail.width
        if let reduction = try sizes.whole("contextReduction", in: file) { contextScale = 1 / Float(reduction) }
        if let windows = try sizes.whole("detailOverlap", in: file) { overlap = windows > 1 }
        guard let misfit = misfit(stride: stride) else { return }
        throw WeightsError(.wrongShape, file: file, "is to have two resolutions that do not fit: \(misfit)")
    }
}

extension NetworkWeights {
    /// One sentence about numbers that neither the file nor a person told, and that a network from `emptyModel` has as
    /// published; nil where there are none.
    ///
    /// - Throws: `WeightsError` where a person told some that the network does not have.
    public static func assumptions(
        of model: any SegmentationModel, fitting file: any TensorFile, said: ToldSizes = ToldSizes()
    ) throws(WeightsError) -> String? {
        let needed = (model as? SegmentationNetwork)?.untoldSizes ?? ToldSizes()
        if let foreign = said.numbers.keys.sorted().first(where: { needed.numbers[$0] == nil }) {
            let known = needed.numbers.keys.sorted().joined(separator: ", ")
            throw WeightsError(
                .unknownFormat, file: file.path,
                "is for a network without \(foreign); " + (known.isEmpty ? "leave it out" : "it has \(known)"))
        }
        let told = try ToldSizes(of: file, said: said)
        let assumed = ToldSizes(needed.numbers.filter { told.numbers[$0.key] == nil })
        guard !assumed.isEmpty else { return nil }
        return "\(file.path): no tensor and no header tells \(assumed.text), which are taken as published"
    }

    /// What the header of a file says of a network otherwise than the network has it, a text each.
    static func otherSizes(_ file: any TensorFile, for model: any WeightedNetwork) throws(WeightsError) -> [String] {
        guard let network = model as? SegmentationNetwork, file.metadata[ToldSizes.headerKey] != nil else { return [] }
        let (own, told) = (network.untoldSizes, try ToldSizes(of: file, said: ToldSizes()))
        return own.numbers.sorted { $0.key < $1.key }.compactMap { name, number in
            told.numbers[name].flatMap { other in
                other == number ? nil : "\(ToldSizes([name: other]).text) for \(ToldSizes([name: number]).text)"
            }
        }
    }
}
