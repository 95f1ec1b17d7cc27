internal import Configuration
internal import ImageIO

/// The largest image of commands that read no setting, such as `score`; settings have `data.largestImage`.
enum ImageLimit {
    private static let variable = "CAUSEWAY_LARGEST_IMAGE"

    static func takeFromEnvironment() throws(CommandError) {
        guard let text = Environment.variable(variable), !text.isEmpty else { return }
        guard let megapixels = Int(text), ImageReading.allowedMegapixels.contains(megapixels) else {
            throw CommandError(
                "\(variable) is '\(text)'; give megapixels from \(ImageReading.allowedMegapixels.lowerBound) to "
                    + "\(ImageReading.allowedMegapixels.upperBound), or unset it")
        }
        ImageReading.set(megapixels: megapixels, obeysOrientation: true)
    }
}
