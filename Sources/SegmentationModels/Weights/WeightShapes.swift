internal import Configuration
internal import NN
public import WeightFiles

/// The shapes of a component's tensors in a file, by our own names: from them a network takes its sizes before it is
/// made.
public struct WeightShapes {
    let file: any TensorFile
    private let format: WeightsFormat
    private let parts: [WeightPart]
    private let path: String
    /// What no shape tells.
    let told: ToldSizes

    /// Bound on sizes read from a file, before a network of these sizes is made.
    public static let largestSize = 8192

    init(_ file: any TensorFile, _ format: WeightsFormat, _ parts: [WeightPart], path: String, _ told: ToldSizes) {
        self.told = told
        self.file = file
        self.format = format
        self.parts = parts
        self.path = path
    }

    /// The path of the file, for messages.
    var filePath: String { file.path }

    /// Of a component below this one; `path` ends with a dot.
    func below(_ path: String) -> WeightShapes { WeightShapes(file, format, parts, path: self.path + path, told) }

    /// The shape that the file has for one of our tensors.
    ///
    /// - Parameters:
    ///   - name: from the component's root.
    ///   - largest: what no size of a network exceeds.
    /// - Throws: `WeightsError` where it is missing, has another rank, or a size that no network has.
    public func shape(_ name: String, rank: Int, largest: Int = largestSize) throws(WeightsError) -> [Int] {
        let stored = format.fileNames(of: path + name, in: parts)[0]
        let shape = try file.entry(stored).shape
        guard shape.count == rank, shape.allSatisfy({ (1...largest).contains($0) }) else {
            throw WeightsError(
                .wrongShape, file: file.path, tensor: stored,
                "has shape \(shape), a head needs \(rank) sizes of at most \(largest)")
        }
        return shape
    }

    /// Whether the file has one of our tensors.
    ///
    /// - Parameter name: from the component's root.
    public func contains(_ name: String) -> Bool {
        format.fileNames(of: path + name, in: parts).allSatisfy { file.contains($0) }
    }
}

extension NetworkWeights {
    /// A network whose weights are still zero, with the class count and widths of a file's decoder; encoders have the
    /// sizes of their name, but for those that a file tells.
    ///
    /// - Parameter said: what a person tells of sizes that no shape does; `assumptions` names those that are guessed.
    /// - Throws: `WeightsError` where there is no such component, where a decoder is asked for and the file has none,
    ///   and where the sizes do not fit each other.
    public static func emptyModel(
        _ name: NetworkName, fitting file: any TensorFile, said: ToldSizes = ToldSizes()
    ) throws(WeightsError) -> any SegmentationModel {
        guard let encoder = EncoderChoice(name.encoder) else { throw unregistered(name.encoder, file) }
        if name.isEncoder { return try sized(encoder.config, as: file).makeEncoder(in: ModuleScope(seed: nil)) }
        let decoder = try name.decoder.map { (name) throws(WeightsError) in
            guard let decoder = DecoderChoice(name) else { throw unregistered(name, file) }
            return decoder
        }
        let objects = try name.objects.map { (name) throws(WeightsError) in
            guard let objects = ObjectDecoderChoice(name) else { throw unregistered(name, file) }
            return objects
        }
        var config = SegmentationNetwork.Config(encoder: encoder.config, decoder: decoder?.config, classCount: 1)
        let tables = config.decoder.map {
            name.hasTwoResolutions ? MultiResolutionHead.weightNames($0) : $0.weightNames
        }
        let parts = SegmentationNetwork.weightParts(config.encoder, tables) + (objects?.config.weightParts ?? [])
        let format = try NetworkCopies(file.names, of: parts, file: file.path).format
        let told = try ToldSizes(of: file, said: said)
        try config.encoder.takeSizes(of: WeightShapes(file, format, parts, path: parts[0].path, told))
        if var decoder = config.decoder {
            var shapes = WeightShapes(file, format, parts, path: parts[1].path, told)
            if name.hasTwoResolutions {
                var resolutions = MultiResolutionConfig()
                try resolutions.take(told, stride: config.encoder.layout.finest.stride, of: file.path)
                resolutions.attention = try MultiResolutionHead.attention(of: shapes, beside: decoder)
                config.multiResolution = resolutions
                shapes = MultiResolutionHead.head(of: shapes)
            }
            config.classCount = try decoder.takeSizes(of: shapes)
            config.decoder = decoder
        }
        if var decoder = objects?.config {
            let things = try decoder.takeSizes(of: WeightShapes(file, format, parts, path: "", told))
            // Which classes they are is in no file of weights, and changes no output.
            config.objects = (decoder, (0..<min(things, 255)).map { UInt8($0) })
        }
        return SegmentationNetwork(config, in: ModuleScope(seed: nil))
    }

    /// An encoder alone, with the sizes of its file.
    private static func sized(
        _ encoder: any EncoderConfig, as file: any TensorFile
    ) throws(WeightsError) -> any EncoderConfig {
        let parts = [WeightPart(path: "", names: encoder.weightNames)]
        let format = try NetworkCopies(file.names, of: parts, file: file.path).format
        var encoder = encoder
        try encoder.takeSizes(of: WeightShapes(file, format, parts, path: "", ToldSizes()))
        return encoder
    }

    private static func unregistered(_ name: String, _ file: any TensorFile) -> WeightsError {
        WeightsError(.unknownFormat, file: file.path, "is for '\(name)', which no component is registered as")
    }
}
