public import WeightFiles

/// The text towers that a command line can name.
public enum CLIPTextTowerName: String, Sendable, CaseIterable {
    case vitB32 = "clip-text-vit-b-32"
    case vitL14 = "clip-text-vit-l-14"
    /// Whatever sizes the weights file has.
    case any = "clip-text"

    /// The tower in a safetensors file.
    ///
    /// - Throws: `WeightsError` where the file holds no whole text tower, or one of other sizes than the name says.
    public func load(_ path: String) throws(WeightsError) -> (tower: CLIPTextTower, report: LoadReport) {
        let file = try WeightsFile.open(path)
        let config = try CLIPTextConfig(fitting: file)
        guard let expected, !expected.hasSizes(of: config) else { return try CLIPTextTower.loaded(file, config) }
        throw WeightsError(
            .wrongShape, file: path,
            "holds a text tower of \(config.sizes), \(rawValue) has \(expected.sizes); "
                + "name the model of the file, or \(Self.any.rawValue) for any sizes")
    }

    private var expected: CLIPTextConfig? {
        switch self {
        case .vitB32: .vitB32
        case .vitL14: .vitL14
        case .any: nil
        }
    }
}

extension CLIPTextConfig {
    fileprivate func hasSizes(of other: CLIPTextConfig) -> Bool {
        width == other.width && layers == other.layers && heads == other.heads && hiddenWidth == other.hiddenWidth
    }

    fileprivate var sizes: String { "\(layers) blocks of width \(width) and \(hiddenWidth) with \(heads) heads" }
}
