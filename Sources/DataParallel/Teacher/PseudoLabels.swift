/// What a teacher tells a student about the target images of one step.
///
/// Training needs the most likely class of every pixel and how many pixels the teacher is sure of (DAFormer,
/// arXiv:2111.14887, eq. 4 and 5: one weight for the whole batch), and both arrive exactly.
public struct PseudoLabels: Sendable, Equatable {
    /// Sizes that teacher and student know before a message is sent.
    public struct Layout: Sendable, Equatable {
        public var imageCount: Int
        public var height: Int
        public var width: Int
        /// Whether each pixel's largest probability travels too.
        public var hasConfidence: Bool

        public init(imageCount: Int, height: Int, width: Int, hasConfidence: Bool = false) {
            precondition(
                imageCount >= 0 && height >= 0 && width >= 0,
                "PseudoLabels: sizes must not be negative, got \(imageCount) x \(height) x \(width)")
            self.imageCount = imageCount
            self.height = height
            self.width = width
            self.hasConfidence = hasConfidence
        }

        public var pixelCount: Int { imageCount * height * width }
    }

    /// The step the labels are for.
    public let step: Int
    public let layout: Layout
    /// Class of each pixel, `[B, H, W]`.
    public let labels: [UInt8]
    /// Per image, `[B]`: pixels whose largest probability reaches the threshold.
    public let confidentCounts: [Int]
    /// Largest probability of each pixel, `[B, H, W]`, in steps of 1/255; empty unless the layout has it.
    public let confidence: [UInt8]

    /// - Precondition: the arrays have the sizes of the layout.
    public init(step: Int, layout: Layout, labels: [UInt8], confidentCounts: [Int], confidence: [UInt8] = []) {
        precondition(labels.count == layout.pixelCount, "PseudoLabels: \(labels.count) labels do not fill \(layout)")
        precondition(
            confidentCounts.count == layout.imageCount,
            "PseudoLabels: \(confidentCounts.count) counts for \(layout.imageCount) images")
        precondition(
            confidence.count == (layout.hasConfidence ? layout.pixelCount : 0),
            "PseudoLabels: \(confidence.count) confidences do not fill \(layout)")
        self.step = step
        self.layout = layout
        self.labels = labels
        self.confidentCounts = confidentCounts
        self.confidence = confidence
    }

    /// Nearest step of 1/255 to a probability in `0...1`; off by at most 1/510.
    public static func quantized(_ probability: Float) -> UInt8 {
        UInt8((min(max(probability, 0), 1) * 255).rounded())
    }
}

// MARK: - Message

extension PseudoLabels {
    /// Bytes of a message: the step, a count an image, one or two bytes a pixel.
    static func messageBytes(_ layout: Layout) -> Int {
        (1 + layout.imageCount) * MemoryLayout<Int64>.size + layout.pixelCount * (layout.hasConfidence ? 2 : 1)
    }

    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.messageBytes(layout))
        for word in [step] + confidentCounts {
            withUnsafeBytes(of: Int64(word).littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes += labels
        bytes += confidence
        return bytes
    }

    /// - Precondition: `message` has the length of the layout.
    init(message: [UInt8], layout: Layout) {
        precondition(message.count == Self.messageBytes(layout), "PseudoLabels: a message of \(message.count) bytes")
        let wordBytes = MemoryLayout<Int64>.size
        let words = message.withUnsafeBytes { buffer in
            (0...layout.imageCount).map {
                Int(Int64(littleEndian: buffer.loadUnaligned(fromByteOffset: $0 * wordBytes, as: Int64.self)))
            }
        }
        let labelStart = words.count * wordBytes
        let confidenceStart = labelStart + layout.pixelCount
        self.init(
            step: words[0], layout: layout, labels: Array(message[labelStart..<confidenceStart]),
            confidentCounts: Array(words[1...]), confidence: Array(message[confidenceStart...]))
    }
}
