internal import Annotations
internal import Basics
public import ImageIO
internal import SegmentationModels
internal import TensorEngine

/// Images that are too large to pass through a network at once: memory beside the image itself does not grow with it.
///
/// Where the setting has windows, their scores are averaged as always, but row by row of windows: what no further
/// window covers is classified and given up. The classes are the same to the last pixel. Where images pass whole, they
/// pass in windows of 1536 x 1536 that overlap by 256; each pixel's class is that of the window in whose middle it lies
/// most. Objects are found in a copy that is small enough, with masks of the image's size.
extension ImagePredictor {
    /// Whether an image that enters in a size goes through the network piece by piece.
    public func isLarge(height: Int, width: Int) -> Bool { height * width > largestWhole }

    /// Whether the objects of such an image are looked for, in a smaller copy.
    public var looksForObjects: Bool { findsObjects && (objects != nil || !saysClasses) }

    /// The windows of images that pass whole while they are small.
    private static let pieces = SlidingWindowGrid(
        windowHeight: 1536, windowWidth: 1536, strideHeight: 1280, strideWidth: 1280)

    /// - Parameter input: the image as it enters the network.
    func largePrediction(_ input: RGBImage, of image: RGBImage) -> Prediction {
        withoutGradients {
            let finder = findsObjects ? largeFinder(of: input) : nil
            let size = (height: image.height, width: image.width)
            let found = finder?.objects(size)
            let segments = finder?.segments(size)
            var map = PieceMap(height: input.height, width: input.width, keepsConfidence: findsConfidence)
            let isLabelled =
                switch mode {
                case .whole: classify(input, into: &map)
                case .sliding(let grid): classify(input, grid, into: &map)
                }
            guard isLabelled else { return Prediction(height: image.height, width: image.width, objects: found) }
            return Prediction(
                labels: map.labels.resizedNearest(height: image.height, width: image.width, sampling: .center),
                confidence: findsConfidence
                    ? map.confidence.resizedNearest(height: image.height, width: image.width, sampling: .center)
                    : map.confidence,
                objects: found, segments: segments)
        }
    }

    /// What finds objects, in a copy of the image with at most `largestWhole` pixels.
    private func largeFinder(of input: RGBImage) -> ObjectFinder? {
        guard let objects else { return wholeFinder(of: input) }
        return objects(Self.normalized([reduced(input)]))
    }

    /// Of predictors that have no pass for objects alone: what the pass for classes finds.
    private func wholeFinder(of input: RGBImage) -> ObjectFinder? {
        guard case .whole = mode, !saysClasses else { return nil }
        return pass(Self.normalized([reduced(input)])).objects
    }

    private func reduced(_ input: RGBImage) -> RGBImage {
        let factor = (Double(largestWhole) / (Double(input.height) * Double(input.width))).squareRoot()
        func side(_ length: Int) -> Int { max(smallestSide, Int(Double(length) * factor)) }
        return interpolation.resized(input, height: side(input.height), width: side(input.width))
    }

    // MARK: Memory

    /// Looks whether an image can be predicted with the memory that is left, before it is decoded.
    ///
    /// - Parameter header: of its file.
    /// - Throws: `outOfMemory`.
    public func requireMemory(for header: ImageCodec.Header, name: String) throws(EvaluationError) {
        let needed = neededBytes(for: header)
        guard let left = MemoryShortage.availableBytes, needed > left else { return }
        throw EvaluationError(
            .outOfMemory,
            "\(name): its \(header.width)x\(header.height) pixels need about \(needed >> 20) MiB, and \(left >> 20) MiB are left; "
                + "use a smaller image or a machine with more memory, "
                + (isWindowed(header)
                    ? "or smaller windows, evaluation.inference" : "or lower evaluation.wholeMegapixels"))
    }

    /// About what decoding, predicting and writing an image take together.
    private func neededBytes(for header: ImageCodec.Header) -> Int {
        let image = header.asImage
        let pixels = image.height * image.width
        let turned = image.orientation != .upright
        // Colours, classes and what is painted of them; the image in the network's size.
        let decoding = 3 * pixels + (header.isProgressive ? 6 * pixels : 0) + (turned ? 3 * pixels : 0)
        let entering = inputSize?(image.height, image.width) ?? (height: image.height, width: image.width)
        let entered = entering.height * entering.width
        let maps = 3 * pixels + 3 * entered + (findsConfidence ? 5 : 1) * pixels
        guard isLarge(height: entering.height, width: entering.width) else {
            let windows = pixelsAtOnce(entering.height, entering.width)
            return max(decoding, 3 * pixels + max(maps + 3 * pixels, maps + 5 * pixels + windows * bytesPerPixel))
        }
        let copy = findsObjects && objects != nil ? largestWhole : 0
        let atOnce = max(copy, pixelsAtOnce(entering.height, entering.width))
        return max(decoding, 3 * pixels + maps + 3 * pixels) + atOnce * bytesPerPixel
    }

    /// Pixels that enter the network together.
    private func pixelsAtOnce(_ height: Int, _ width: Int) -> Int {
        switch mode {
        case .whole:
            isLarge(height: height, width: width) ? Self.pieces.windowHeight * Self.pieces.windowWidth : height * width
        case .sliding(let grid): min(height, grid.windowHeight) * min(width, grid.windowWidth) * windowsPerBatch
        }
    }

    private func isWindowed(_ header: ImageCodec.Header) -> Bool {
        mode != .whole || isLarge(height: header.height, width: header.width)
    }

    // MARK: Classes

    /// Piece by piece, each classified for itself.
    ///
    /// - Returns: false where the network says no classes.
    private func classify(_ input: RGBImage, into map: inout PieceMap) -> Bool {
        guard saysClasses else { return false }
        let rows = Self.pieces.rows(imageHeight: input.height)
        let columns = Self.pieces.columns(imageWidth: input.width)
        let (height, width) = (rows.windowLength, columns.windowLength)
        for (y, ownRows) in zip(rows.starts, rows.middles(length: input.height)) {
            for (x, ownColumns) in zip(columns.starts, columns.middles(length: input.width)) {
                let piece = input.cropped(y: y, x: x, height: height, width: width)
                guard let scores = pass(Self.normalized([piece])).scores else { return false }
                let (labels, confidence) = scores.classified(height: height, width: width)
                map.take(labels, confidence, width: width, top: y, left: x, rows: ownRows, columns: ownColumns)
            }
        }
        return true
    }

    /// By averaged scores of windows, a row of windows at a time.
    private func classify(_ input: RGBImage, _ grid: SlidingWindowGrid, into map: inout PieceMap) -> Bool {
        guard saysClasses else { return false }
        let rows = grid.rows(imageHeight: input.height)
        let columns = grid.columns(imageWidth: input.width)
        let (coveredRows, coveredColumns) = (
            rows.coverage(length: input.height), columns.coverage(length: input.width)
        )
        var band: Tensor?
        for (index, top) in rows.starts.enumerated() {
            for start in stride(from: 0, to: columns.starts.count, by: max(1, windowsPerBatch)) {
                let places = columns.starts[start..<min(start + max(1, windowsPerBatch), columns.starts.count)]
                let images = places.map {
                    input.cropped(y: top, x: $0, height: rows.windowLength, width: columns.windowLength)
                }
                guard let scores = pass(Self.normalized(images)).scores else { return false }
                let total = band ?? Tensor.zeros([1, rows.windowLength, input.width, scores.shape[3]])
                for (place, left) in places.enumerated() {
                    total.addInPlace(
                        scores.sliced(place..<place + 1, axis: 0)
                            .resized(height: rows.windowLength, width: columns.windowLength),
                        top: 0, left: left)
                }
                band = total
            }
            guard let total = band else { return false }
            let next = index + 1 < rows.starts.count ? rows.starts[index + 1] : input.height
            let finished = total.sliced(0..<next - top, axis: 1)
            finished.scaleRowsInPlace(by: Self.shares(Array(coveredRows[top..<next]), coveredColumns))
            let (labels, confidence) = finished.classified(height: next - top, width: input.width)
            map.take(
                labels, confidence, width: input.width, top: top, left: 0, rows: top..<next, columns: 0..<input.width)
            guard next < input.height else { break }
            let following = Tensor.zeros(total.shape)
            following.addInPlace(total.sliced(next - top..<rows.windowLength, axis: 1), top: 0, left: 0)
            band = following
        }
        return true
    }
}

/// Classes that come piece by piece.
private struct PieceMap {
    private(set) var labels: LabelMap
    private(set) var confidence: FloatImage

    init(height: Int, width: Int, keepsConfidence: Bool) {
        labels = LabelMap(height: height, width: width, channels: 1, filledWith: Annotation.ignored)
        confidence =
            keepsConfidence
            ? FloatImage(height: height, width: width, channels: 1, filledWith: 0)
            : FloatImage(height: 0, width: 0, channels: 1, pixels: [])
    }

    /// Takes the part of a piece that counts.
    ///
    /// - Parameters:
    ///   - width: of the piece, which lies at `top` and `left`.
    ///   - rows: of the image that are taken.
    mutating func take(
        _ found: [UInt8], _ probabilities: [Float], width: Int, top: Int, left: Int, rows: Range<Int>,
        columns: Range<Int>
    ) {
        for row in rows {
            let from = (row - top) * width + columns.lowerBound - left
            let to = row * labels.width + columns.lowerBound
            labels.pixels.replaceSubrange(to..<to + columns.count, with: found[from..<from + columns.count])
            guard !confidence.pixels.isEmpty else { continue }
            confidence.pixels.replaceSubrange(to..<to + columns.count, with: probabilities[from..<from + columns.count])
        }
    }
}

extension SlidingWindowGrid.Axis {
    /// The pixels of each window that lie nearer to its middle than to that of another.
    fileprivate func middles(length: Int) -> [Range<Int>] {
        let cuts = zip(starts, starts.dropFirst()).map { ($0 + $1 + windowLength) / 2 }
        return zip([0] + cuts, cuts + [length]).map { $0..<$1 }
    }
}
