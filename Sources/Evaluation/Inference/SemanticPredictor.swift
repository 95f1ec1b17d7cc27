public import ImageIO
public import SegmentationModels
public import TensorEngine

/// Class maps of images by a segmenter, without flips and without several scales.
///
/// The image is resized if asked, normalised, and passed through the network whole or in windows. The scores are
/// brought to the size in which it entered, then to the image's own, bilinearly both times; the likeliest class of each
/// pixel is taken. So does mmsegmentation (`encode_decode`, then `whole_inference` or `slide_inference` with
/// `rescale`), with which DAFormer and HRDA are evaluated: where an image enters at half its size, one step from the
/// network's stride to the image's size would give other classes along edges. Nothing is padded, as in the published
/// evaluations: the encoders take any size from `smallestSide` on.
public struct SemanticPredictor {
    /// How an image passes through the network.
    public enum Mode: Sendable, Equatable {
        /// At once (DAFormer).
        case whole
        /// In overlapping windows whose scores are averaged (HRDA).
        case sliding(SlidingWindowGrid)
    }

    /// Classes of one image.
    public struct Prediction: Sendable {
        /// Train ids, of the image's size.
        public let labels: LabelMap
        /// Softmax probability of the class taken, of the image's size.
        public let confidence: FloatImage

        public init(labels: LabelMap, confidence: FloatImage) {
            self.labels = labels
            self.confidence = confidence
        }
    }

    public var mode: Mode
    /// Windows that pass through the network as one batch; fewer need less memory. With running statistics the scores
    /// do not depend on it.
    public var windowsPerBatch = 6
    /// The size at which an image of a size enters the network; `nil` keeps it.
    public var inputSize: ((_ height: Int, _ width: Int) -> (height: Int, width: Int))?
    /// How an image gets to that size.
    public var interpolation = ResizeRule.Interpolation.bilinear
    /// Shortest side the network takes.
    public let smallestSide: Int
    private let scores: (Tensor) -> Tensor

    /// - Parameter scores: class scores `[B, h, w, C]`, at any stride, of normalised images `[B, H, W, 3]`.
    public init(mode: Mode = .whole, smallestSide: Int = 1, scores: @escaping (Tensor) -> Tensor) {
        self.mode = mode
        self.smallestSide = smallestSide
        self.scores = scores
    }

    /// The classes of an image.
    ///
    /// - Parameter name: of its file, for errors.
    /// - Throws: `imageTooSmall` where the image or its windows are smaller than the network takes.
    public func predict(_ image: RGBImage, name: String) throws(EvaluationError) -> Prediction {
        guard image.height > 0, image.width > 0 else { throw tooSmall(name, image.height, image.width) }
        let size = inputSize?(image.height, image.width) ?? (height: image.height, width: image.width)
        let window = windowSize(height: size.height, width: size.width)
        guard min(window.height, window.width) >= smallestSide else { throw tooSmall(name, window.height, window.width) }
        let input = interpolation.resized(image, height: size.height, width: size.width)
        let (labels, confidence) = withoutGradients {
            scores(ofInput: input, image: image).classified(height: image.height, width: image.width)
        }
        return Prediction(
            labels: LabelMap(height: image.height, width: image.width, channels: 1, pixels: labels),
            confidence: FloatImage(height: image.height, width: image.width, channels: 1, pixels: confidence))
    }

    private func tooSmall(_ name: String, _ height: Int, _ width: Int) -> EvaluationError {
        EvaluationError(
            .imageTooSmall,
            "\(name): enters the network as \(width)x\(height), which needs at least \(smallestSide) pixels a side; "
                + "use a larger image, size or window")
    }

    private func windowSize(height: Int, width: Int) -> (height: Int, width: Int) {
        switch mode {
        case .whole: (height, width)
        case .sliding(let grid): (min(height, grid.windowHeight), min(width, grid.windowWidth))
        }
    }

    /// `[1, h, w, C]`, to be classified at the size of `image`: at the input's size, or where that is the image's, for
    /// a whole image at the network's stride, since `classified` takes this one step without making the scores.
    private func scores(ofInput input: RGBImage, image: RGBImage) -> Tensor {
        switch mode {
        case .sliding(let grid): return averagedScores(of: input, grid)
        case .whole:
            let scores = scores(Self.normalized([input]))
            guard input.height != image.height || input.width != image.width else { return scores }
            return scores.resized(height: input.height, width: input.width)
        }
    }
}

extension SemanticPredictor {
    /// Images of one size as the networks take them, `[B, H, W, 3]`: `(value - mean) / deviation` of ImageNet.
    ///
    /// - Precondition: at least one image; equal sizes, three channels.
    public static func normalized(_ images: [RGBImage]) -> Tensor {
        precondition(!images.isEmpty, "normalized: there are no images")
        return Tensor(
            Normalization.imageNet.batch(images), shape: [images.count, images[0].height, images[0].width, 3])
    }
}

// MARK: - Windows

extension SemanticPredictor {
    /// Scores `[1, H, W, C]` of all windows at the input's size: added up, divided by how many windows cover a pixel.
    private func averagedScores(of input: RGBImage, _ grid: SlidingWindowGrid) -> Tensor {
        let rows = grid.rows(imageHeight: input.height)
        let columns = grid.columns(imageWidth: input.width)
        let places = rows.starts.flatMap { y in columns.starts.map { x in (y: y, x: x) } }
        var sum: Tensor?
        for start in stride(from: 0, to: places.count, by: max(1, windowsPerBatch)) {
            let batch = places[start..<min(start + max(1, windowsPerBatch), places.count)]
            let windows = scores(
                Self.normalized(
                    batch.map {
                        input.cropped(y: $0.y, x: $0.x, height: rows.windowLength, width: columns.windowLength)
                    }))
            let total = sum ?? Tensor.zeros([1, input.height, input.width, windows.shape[3]])
            for (index, place) in batch.enumerated() {
                let window = windows.sliced(index..<index + 1, axis: 0)
                    .resized(height: rows.windowLength, width: columns.windowLength)
                total.addInPlace(window, top: place.y, left: place.x)
            }
            sum = total
        }
        guard let sum else { preconditionFailure("SemanticPredictor: a grid has at least one window") }
        sum.scaleRowsInPlace(
            by: Self.shares(rows.coverage(length: input.height), columns.coverage(length: input.width)))
        return sum
    }

    /// One over the number of windows at each pixel, from those at each row and at each column.
    private static func shares(_ rows: [Int], _ columns: [Int]) -> Tensor {
        Tensor(rows.flatMap { row in columns.map { 1 / Float(row * $0) } }, shape: [rows.count, columns.count])
    }
}
