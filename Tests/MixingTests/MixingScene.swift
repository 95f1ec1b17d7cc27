import Annotations
import ImageIO
import Mixing

/// Two images in which every pixel tells where it is from: colours of the source differ from pixel to pixel, the target
/// is white. Classes are 1 in the source and 2 in the target; target pixels weigh a half.
struct MixingScene {
    let height: Int
    let width: Int

    var area: Int { height * width }

    var source: RGBImage {
        let pixels = (0..<area).flatMap { (pixel: Int) -> [UInt8] in
            [UInt8(pixel / width * 15), UInt8(pixel % width * 12), UInt8(pixel * 7 % 200)]
        }
        return RGBImage(height: height, width: width, channels: 3, pixels: pixels)
    }

    func pair(
        source objects: [AnnotatedObject], target: [AnnotatedObject]?, step: Int = 0, slot: Int = 0
    ) -> MixingPair {
        MixingPair(
            step: step, slot: slot, source: image(source, 1, objects),
            target: image(RGBImage(height: height, width: width, channels: 3, filledWith: 255), 2, target, weight: 0.5),
            classes: [])
    }

    private func image(
        _ image: RGBImage, _ label: UInt8, _ objects: [AnnotatedObject]?, weight: Float? = nil
    ) -> AnnotatedImage {
        AnnotatedImage(
            image: image,
            annotation: Annotation(
                classes: LabelMap(height: height, width: width, channels: 1, filledWith: label), objects: objects),
            weights: weight.map { [Float](repeating: $0, count: area) })
    }

    func object(
        _ trainID: UInt8, _ rows: ClosedRange<Int>, _ columns: ClosedRange<Int>, score: Float? = nil,
        crowd: Bool = false
    ) -> AnnotatedObject {
        let box = PixelBox(top: rows.lowerBound, left: columns.lowerBound, height: rows.count, width: columns.count)
        return AnnotatedObject(trainID: trainID, mask: ObjectMask(filling: box), isCrowd: crowd, score: score)
    }

    func color(_ image: RGBImage, _ pixel: Int) -> [UInt8] { Array(image.pixels[3 * pixel..<3 * pixel + 3]) }

    /// Positions in reading order.
    func pixels(_ masks: [ObjectMask]) -> Set<Int> {
        Set(masks.flatMap { $0.runs.flatMap { run in (run.start..<run.end).map { Int(run.row) * width + Int($0) } } })
    }
}
