public import Annotations
internal import ImageIO

/// What a teacher tells a student about the target images of one step.
///
/// For classes the student needs the most likely one of every pixel, and how many pixels the teacher is sure of
/// (DAFormer, arXiv:2111.14887, eq. 4 and 5: one weight for the whole batch); for objects their masks, classes and
/// scores. All arrives exactly.
public struct PseudoLabels: Sendable, Equatable {
    /// What an answer holds.
    public struct Contents: OptionSet, Sendable, CustomStringConvertible {
        public let rawValue: UInt8

        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// A class a pixel, and a count of sure pixels an image.
        public static let classMaps = Contents(rawValue: 1)
        /// The objects of every image.
        public static let objects = Contents(rawValue: 2)

        public var description: String {
            let names = [(Contents.classMaps, "class maps"), (.objects, "objects")].filter { contains($0.0) }.map(\.1)
            return names.isEmpty ? "nothing" : names.joined(separator: " and ")
        }
    }

    /// What teacher and student have agreed on before an answer is sent.
    public struct Layout: Sendable, Equatable {
        public var imageCount: Int
        public var height: Int
        public var width: Int
        public var contents: Contents

        public init(imageCount: Int, height: Int, width: Int, contents: Contents = .classMaps) {
            precondition(
                imageCount >= 0 && height >= 0 && width >= 0,
                "PseudoLabels: sizes must not be negative, got \(imageCount) x \(height) x \(width)")
            self.imageCount = imageCount
            self.height = height
            self.width = width
            self.contents = contents
        }

        public var pixelCount: Int { imageCount * height * width }
        var hasClassMaps: Bool { contents.contains(.classMaps) }
        var hasObjects: Bool { contents.contains(.objects) }
    }

    /// The step the labels are for.
    public let step: Int
    public let layout: Layout
    /// Class of each pixel, `[B, H, W]`; empty without class maps.
    public let labels: [UInt8]
    /// Per image, `[B]`: pixels whose largest probability reaches the threshold; empty without class maps.
    public let confidentCounts: [Int]
    /// Per image, `[B]`; empty without objects.
    public let objects: [[AnnotatedObject]]

    /// - Precondition: the arrays have the sizes of the layout.
    public init(
        step: Int, layout: Layout, labels: [UInt8] = [], confidentCounts: [Int] = [], objects: [[AnnotatedObject]] = []
    ) {
        precondition(
            labels.count == (layout.hasClassMaps ? layout.pixelCount : 0),
            "PseudoLabels: \(labels.count) labels do not fill \(layout)")
        precondition(
            confidentCounts.count == (layout.hasClassMaps ? layout.imageCount : 0),
            "PseudoLabels: \(confidentCounts.count) counts for \(layout.imageCount) images")
        precondition(
            objects.count == (layout.hasObjects ? layout.imageCount : 0),
            "PseudoLabels: objects of \(objects.count) images for \(layout)")
        self.step = step
        self.layout = layout
        self.labels = labels
        self.confidentCounts = confidentCounts
        self.objects = objects
    }

    /// The part about some of the images.
    public func images(_ range: Range<Int>) -> PseudoLabels {
        let pixels = layout.height * layout.width
        var part = layout
        part.imageCount = range.count
        return PseudoLabels(
            step: step, layout: part,
            labels: layout.hasClassMaps ? Array(labels[range.lowerBound * pixels..<range.upperBound * pixels]) : [],
            confidentCounts: layout.hasClassMaps ? Array(confidentCounts[range]) : [],
            objects: layout.hasObjects ? Array(objects[range]) : [])
    }

    /// What is said of each image; pixels are ignored where there are no class maps.
    public var annotations: [Annotation] {
        let pixels = layout.height * layout.width
        return (0..<layout.imageCount).map { index in
            Annotation(
                classes: LabelMap(
                    height: layout.height, width: layout.width, channels: 1,
                    pixels: layout.hasClassMaps
                        ? Array(labels[index * pixels..<(index + 1) * pixels])
                        : [UInt8](repeating: Annotation.ignored, count: pixels)),
                objects: layout.hasObjects ? objects[index] : nil)
        }
    }
}
