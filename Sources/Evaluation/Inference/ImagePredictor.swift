public import Annotations
public import ImageIO
public import SegmentationModels
public import TensorEngine

/// Class maps of images by a segmenter, without flips and without several scales, where the network says the classes of
/// pixels; and objects, where it finds any.
///
/// The image is resized if asked, normalised, and passed through the network whole or in windows. The scores are
/// brought to the size in which it entered, then to the image's own, bilinearly both times; the likeliest class of each
/// pixel is taken. So does mmsegmentation (`encode_decode`, then `whole_inference` or `slide_inference` with
/// `rescale`), with which DAFormer and HRDA are evaluated: where an image enters at half its size, one step from the
/// network's stride to the image's size would give other classes along edges. Nothing is padded, as in the published
/// evaluations: the encoders take any size from `smallestSide` on.
///
/// Objects are found in the whole image: the encoder's maps of a whole pass serve both, and where classes come from
/// windows, there is a pass of the encoder beside them.
public struct ImagePredictor {
    /// How an image passes through the network.
    public enum Mode: Sendable, Equatable {
        /// At once (DAFormer).
        case whole
        /// In overlapping windows whose scores are averaged (HRDA).
        case sliding(SlidingWindowGrid)
    }

    /// Classes of one image.
    public struct Prediction: Sendable {
        /// Train ids, of the image's size; 255 everywhere where the network says no classes (`hasClasses`).
        public let labels: LabelMap
        /// Whether the network says the classes of pixels.
        public let hasClasses: Bool
        /// Softmax probability of the class taken, of the image's size; 0 where there is none. Empty where nobody asked
        /// (`findsConfidence`).
        public let confidence: FloatImage
        /// With scores, by descending score, of the image's size; their masks may overlap. nil where the network finds
        /// none or nobody asked for them.
        public let objects: [AnnotatedObject]?
        /// What the network itself cuts the image into, without overlap; nil where it does not, so that classes and
        /// objects must be put together.
        public let segments: Annotation?

        public init(
            labels: LabelMap, confidence: FloatImage, objects: [AnnotatedObject]? = nil, segments: Annotation? = nil
        ) {
            self.labels = labels
            self.confidence = confidence
            self.objects = objects
            self.segments = segments
            hasClasses = true
        }

        /// Objects alone.
        init(height: Int, width: Int, objects: [AnnotatedObject]?) {
            labels = LabelMap(height: height, width: width, channels: 1, filledWith: Annotation.ignored)
            confidence = FloatImage(height: height, width: width, channels: 1, filledWith: 0)
            self.objects = objects
            segments = nil
            hasClasses = false
        }

        /// Classes and objects.
        public var annotation: Annotation { Annotation(classes: labels, objects: objects) }
    }

    /// The size of an image.
    public typealias Size = (height: Int, width: Int)

    /// What a pass over whole images gives.
    public struct Pass {
        /// `[B, h, w, C]`, at any stride; nil where the network says no classes.
        let scores: Tensor?
        /// Of the first image; nil where the network finds none.
        let objects: ObjectFinder?
    }

    /// What finds the objects of an image, with masks of a size.
    struct ObjectFinder {
        let objects: (_ size: Size) -> [AnnotatedObject]
        /// What the network itself cuts the image into; nil where it does not.
        let segments: (_ size: Size) -> Annotation?
    }

    public var mode: Mode
    /// Windows that pass through the network as one batch; fewer need less memory. With running statistics the scores
    /// do not depend on it.
    public var windowsPerBatch = 6
    /// The size at which an image of a size enters the network; `nil` keeps it.
    public var inputSize: ((_ height: Int, _ width: Int) -> (height: Int, width: Int))?
    /// How an image gets to that size.
    public var interpolation = ResizeRule.Interpolation.bilinear
    /// Pixels with which an image may enter the network at once, and with which class scores of a whole image are kept;
    /// larger ones go through it piece by piece (`ImagePredictor+Large`).
    public var largestWhole = standardWholePixels
    /// 16 megapixels: what photographs of data sets have, which are passed as published.
    public static let standardWholePixels = 16_000_000
    /// What a pass holds for each pixel that enters; 0 where nobody knows.
    public var bytesPerPixel = 0
    /// Whether `Prediction.confidence` is wanted; it is empty otherwise.
    public var findsConfidence = true
    /// Shortest side the network takes.
    public let smallestSide: Int
    /// Whether objects are looked for, in a network that finds any; classes do not depend on it.
    public var findsObjects = true
    /// Whether the network says the classes of pixels.
    var saysClasses = true
    let pass: (Tensor) -> Pass
    /// Of a whole image `[1, H, W, 3]`, without its class scores; nil where the network finds none.
    let objects: ((_ image: Tensor) -> ObjectFinder)?

    /// - Parameter scores: class scores `[B, h, w, C]`, at any stride, of normalised images `[B, H, W, 3]`.
    public init(mode: Mode = .whole, smallestSide: Int = 1, scores: @escaping (Tensor) -> Tensor) {
        self.init(mode: mode, smallestSide: smallestSide, pass: { Pass(scores: scores($0), objects: nil) })
    }

    /// - Parameters:
    ///   - pass: of normalised images `[B, H, W, 3]`.
    ///   - objects: of one whole image.
    init(
        mode: Mode, smallestSide: Int, pass: @escaping (Tensor) -> Pass,
        objects: ((_ image: Tensor) -> ObjectFinder)? = nil
    ) {
        self.mode = mode
        self.smallestSide = smallestSide
        self.pass = pass
        self.objects = objects
    }

    /// What several networks of objects alone find in an image, by descending score; classes are not said.
    ///
    /// - Precondition: there is one, and images enter all alike.
    public init(joining predictors: [ImagePredictor]) {
        guard let first = predictors.first, predictors.allSatisfy({ $0.mode == .whole }) else {
            preconditionFailure("ImagePredictor: needs networks that see whole images, got \(predictors.count)")
        }
        self.init(
            mode: .whole, smallestSide: predictors.map(\.smallestSide).max() ?? 1,
            pass: { images in
                let finders = predictors.compactMap { $0.pass(images).objects }
                let joined = ObjectFinder(
                    objects: { size in
                        let found = finders.flatMap { $0.objects(size) }.enumerated()
                        // Sorting an array is stable in Swift only by accident: places break ties.
                        return found.sorted { ($1.element.score ?? 0, $0.offset) < ($0.element.score ?? 0, $1.offset) }
                            .map(\.element)
                    }, segments: { _ in nil })
                return Pass(scores: nil, objects: joined)
            })
        (inputSize, interpolation) = (first.inputSize, first.interpolation)
        (largestWhole, saysClasses) = (first.largestWhole, false)
        bytesPerPixel = predictors.map(\.bytesPerPixel).max() ?? 0
    }

    /// The classes of an image.
    ///
    /// - Parameter name: of its file, for errors.
    /// - Throws: `imageTooSmall` where the image or its windows are smaller than the network takes.
    public func predict(_ image: RGBImage, name: String) throws(EvaluationError) -> Prediction {
        guard image.height > 0, image.width > 0 else { throw tooSmall(name, image.height, image.width) }
        let size = inputSize?(image.height, image.width) ?? (height: image.height, width: image.width)
        let window = windowSize(height: size.height, width: size.width)
        guard min(window.height, window.width) >= smallestSide else {
            throw tooSmall(name, window.height, window.width)
        }
        let input = interpolation.resized(image, height: size.height, width: size.width)
        if isLarge(height: size.height, width: size.width) { return largePrediction(input, of: image) }
        return withoutGradients {
            let (scores, find) = scores(ofInput: input, image: image)
            let finder = findsObjects ? find : nil
            let objects = finder?.objects((image.height, image.width))
            guard let scores else { return Prediction(height: image.height, width: image.width, objects: objects) }
            let (labels, confidence) = scores.classified(height: image.height, width: image.width)
            return Prediction(
                labels: LabelMap(height: image.height, width: image.width, channels: 1, pixels: labels),
                confidence: confidenceMap(confidence, height: image.height, width: image.width),
                objects: objects, segments: finder?.segments((image.height, image.width)))
        }
    }

    /// The probabilities of an image, or none where nobody asked.
    func confidenceMap(_ values: @autoclosure () -> [Float], height: Int, width: Int) -> FloatImage {
        guard findsConfidence else { return FloatImage(height: 0, width: 0, channels: 1, pixels: []) }
        return FloatImage(height: height, width: width, channels: 1, pixels: values())
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

    /// `[1, h, w, C]`, or nil where the network says no classes, to be classified at the size of `image`: at the
    /// input's size, or where that is the image's, for a whole image at the network's stride, since `classified` takes
    /// this one step without making the scores. And what finds objects.
    private func scores(ofInput input: RGBImage, image: RGBImage) -> (scores: Tensor?, objects: ObjectFinder?) {
        switch mode {
        case .sliding(let grid):
            // Nobody may ask, and it is a pass of its own.
            return (averagedScores(of: input, grid), findsObjects ? objects.map { $0(Self.normalized([input])) } : nil)
        case .whole:
            let pass = pass(Self.normalized([input]))
            guard input.height != image.height || input.width != image.width else { return (pass.scores, pass.objects) }
            return (pass.scores?.resized(height: input.height, width: input.width), pass.objects)
        }
    }
}

extension ImagePredictor {
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

extension ImagePredictor {
    /// Scores `[1, H, W, C]` of all windows at the input's size: added up, divided by how many windows cover a pixel;
    /// nil where the network says no classes.
    private func averagedScores(of input: RGBImage, _ grid: SlidingWindowGrid) -> Tensor? {
        let rows = grid.rows(imageHeight: input.height)
        let columns = grid.columns(imageWidth: input.width)
        let places = rows.starts.flatMap { y in columns.starts.map { x in (y: y, x: x) } }
        var sum: Tensor?
        for start in stride(from: 0, to: places.count, by: max(1, windowsPerBatch)) {
            let batch = places[start..<min(start + max(1, windowsPerBatch), places.count)]
            let windows = pass(
                Self.normalized(
                    batch.map {
                        input.cropped(y: $0.y, x: $0.x, height: rows.windowLength, width: columns.windowLength)
                    })
            ).scores
            guard let windows else { return nil }
            let total = sum ?? Tensor.zeros([1, input.height, input.width, windows.shape[3]])
            for (index, place) in batch.enumerated() {
                let window = windows.sliced(index..<index + 1, axis: 0)
                    .resized(height: rows.windowLength, width: columns.windowLength)
                total.addInPlace(window, top: place.y, left: place.x)
            }
            sum = total
        }
        guard let sum else { preconditionFailure("ImagePredictor: a grid has at least one window") }
        sum.scaleRowsInPlace(
            by: Self.shares(rows.coverage(length: input.height), columns.coverage(length: input.width)))
        return sum
    }

    /// One over the number of windows at each pixel, from those at each row and at each column.
    static func shares(_ rows: [Int], _ columns: [Int]) -> Tensor {
        Tensor(rows.flatMap { row in columns.map { 1 / Float(row * $0) } }, shape: [rows.count, columns.count])
    }
}
