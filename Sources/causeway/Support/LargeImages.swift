internal import Basics
internal import Evaluation
internal import ImageIO

/// The images of a rank that were too large to enter the network at once, to be told of.
struct LargeImages {
    private var count = 0
    private var example = ""
    private var hasObjects = false

    /// - Parameter image: its header, as the image stands upright.
    mutating func note(_ path: String, _ image: ImageCodec.Header, _ predictor: ImagePredictor) {
        let size = predictor.inputSize?(image.height, image.width) ?? (height: image.height, width: image.width)
        guard predictor.isLarge(height: size.height, width: size.width) else { return }
        if count == 0 { example = "\(path) with \(size.width)x\(size.height) pixels" }
        count += 1
        hasObjects = predictor.looksForObjects
    }

    func say(of rank: Int) {
        guard count > 0 else { return }
        let place = rank > 0 ? " of rank \(rank)" : ""
        StandardError.write(
            "note: \(count) image\(count == 1 ? "" : "s")\(place), such as \(example), passed in pieces, as larger than "
                + "evaluation.wholeMegapixels\(hasObjects ? "; objects were found in a smaller copy" : "")\n")
    }
}
