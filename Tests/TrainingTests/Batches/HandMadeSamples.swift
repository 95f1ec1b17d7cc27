import Annotations
import DataLoading
import ImageIO

/// Samples of 8x16 pixels that follow from their domain, step and slot. Red is the row, green the column, blue the
/// slot; source images show the classes 0 to 3 in stripes of four columns, and one object of class 13 in rows 2 and 3.
enum HandMadeSamples {
    static let (height, width) = (8, 16)

    static func samples(
        _ domain: SampleDomain, _ slots: [Int], step: Int = 3, margins: (top: Int, bottom: Int)? = nil,
        hasObjects: Bool = false
    ) -> [Sample] {
        slots.map { slot in
            Sample(
                planned: PlannedSample(
                    domain: domain, index: slot, step: step, slot: slot, rareClass: nil, isFlipped: false),
                name: "\(domain.rawValue) \(slot)", image: image(domain, slot, step),
                annotation: domain == .source ? annotation(slot, step, hasObjects: hasObjects) : nil,
                validity: domain == .target ? margins.map(validity) : nil,
                crop: Crop(top: 0, left: 0, height: height, width: width, isFlipped: false), skipped: [])
        }
    }

    /// What a teacher might say: one class everywhere, and one object where asked.
    static func pseudoLabels(_ slots: [Int], hasObjects: Bool = false) -> [Annotation] {
        slots.map { slot in
            Annotation(
                classes: LabelMap(height: height, width: width, channels: 1, filledWith: UInt8(10 + slot)),
                objects: hasObjects ? [AnnotatedObject(trainID: 11, mask: block(row: 1, column: 3), score: 0.9)] : nil)
        }
    }

    /// Three rows by four columns.
    static func block(row: Int, column: Int) -> ObjectMask {
        ObjectMask((row..<row + 3).map { PixelRun(row: $0, start: column, end: column + 4) })
    }

    private static func image(_ domain: SampleDomain, _ slot: Int, _ step: Int) -> RGBImage {
        let base = domain == .source ? 0 : 100
        let blue = UInt8(base + slot + 10 * (step % 5))
        let pixels = (0..<height * width).flatMap { pixel -> [UInt8] in
            [UInt8(base + pixel / width), UInt8(base + pixel % width), blue]
        }
        return RGBImage(height: height, width: width, channels: 3, pixels: pixels)
    }

    private static func annotation(_ slot: Int, _ step: Int, hasObjects: Bool) -> Annotation {
        Annotation(
            classes: LabelMap(
                height: height, width: width, channels: 1,
                pixels: (0..<height * width).map { UInt8(($0 % width / 4 + slot) % 4) }),
            objects: hasObjects
                ? [AnnotatedObject(trainID: 13, mask: block(row: 2, column: (slot + 2 * step) % 12))] : nil)
    }

    private static func validity(_ margins: (top: Int, bottom: Int)) -> LabelMap {
        LabelMap(
            height: height, width: width, channels: 1,
            pixels: (0..<height * width).map {
                ($0 / width < margins.top || $0 / width >= height - margins.bottom) ? 0 : 1
            })
    }
}
