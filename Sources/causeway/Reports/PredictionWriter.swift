internal import ImageIO

/// Writes class maps as files for programs and as pictures for people.
struct PredictionWriter {
    private let folder: String
    private let palette: [SIMD3<UInt8>]
    private let opacity: Float

    /// Makes the folders.
    init(folder: String, palette: [SIMD3<UInt8>], opacity: Float) throws(CommandError) {
        self.folder = folder
        self.palette = palette
        self.opacity = opacity
        for part in ["labels", "colors", "overlays"] { try TextFile.makeFolder("\(folder)/\(part)") }
    }

    func write(_ labels: LabelMap, of image: RGBImage, name: String) throws(ImageError) {
        try ImageCodec.writePNG(labels, to: "\(folder)/labels/\(name).png")
        try ImageCodec.writePNG(labels.colored(palette: palette), to: "\(folder)/colors/\(name).png")
        try ImageCodec.writePNG(
            labels.overlaid(on: image, palette: palette, alpha: opacity), to: "\(folder)/overlays/\(name).png")
    }
}
