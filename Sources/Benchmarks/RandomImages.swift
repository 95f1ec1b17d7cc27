internal import Annotations
internal import DataLoading
internal import ImageIO
internal import Randomness
internal import TensorEngine

/// Images of random colours, for measuring.
struct RandomImages {
    let height: Int
    let width: Int
    /// Side of the patches of one class, in pixels: a cell of the encoder's deepest map.
    var patch = 1
    /// Objects of an image, about as many as a crop of Cityscapes shows.
    private static let objectCount = 12

    /// One sample a slot; those of the source have labels.
    ///
    /// - Parameters:
    ///   - classCount: of the network; labels show all of them.
    ///   - things: train ids of objects; without any, none are known.
    func samples(_ domain: SampleDomain, slots: Range<Int>, classCount: Int, things: [Int] = []) -> [Sample] {
        slots.map { slot in
            Sample(
                planned: PlannedSample(
                    domain: domain, index: slot, step: 0, slot: slot, rareClass: nil, isFlipped: false),
                name: "random \(domain.rawValue) image \(slot)", image: colors(domain, slot),
                annotation: domain == .source ? annotation(slot, classCount, things) : nil, validity: nil,
                crop: Crop(top: 0, left: 0, height: height, width: width, isFlipped: false), skipped: [])
        }
    }

    /// Values of mean 0 and variance 1, `[count, height, width, 3]`.
    func normalized(count: Int) -> Tensor {
        var random = RandomStream(seed: 1, "random colours")
        let reach = Float(3).squareRoot()
        let values = (0..<count * height * width * 3).map { _ in (2 * random.uniform() - 1) * reach }
        return Tensor(values, shape: [count, height, width, 3])
    }

    private func colors(_ domain: SampleDomain, _ slot: Int) -> RGBImage {
        var random = RandomStream(seed: 1, "random \(domain.rawValue) image", rank: slot)
        let pixels = (0..<height * width * 3).map { _ in UInt8(truncatingIfNeeded: random.next32()) }
        return RGBImage(height: height, width: width, channels: 3, pixels: pixels)
    }

    private func annotation(_ slot: Int, _ classCount: Int, _ things: [Int]) -> Annotation {
        Annotation(classes: labels(slot, classCount), objects: things.isEmpty ? nil : objects(slot, things))
    }

    /// Ellipses anywhere in the image, their sides from a sixteenth of its own to a half.
    private func objects(_ slot: Int, _ things: [Int]) -> [AnnotatedObject] {
        var random = RandomStream(seed: 1, "random objects", rank: slot)
        return (0..<Self.objectCount).map { _ in
            func extent(_ side: Int) -> Range<Int> {
                let length = max(2, Int(Float(side) * random.uniform(in: 0.0625...0.5)))
                let start = random.integer(below: max(1, side - length))
                return start..<min(side, start + length)
            }
            let thing = things[random.integer(below: things.count)]
            return AnnotatedObject(trainID: UInt8(thing), mask: Self.ellipse(extent(height), extent(width)))
        }
    }

    private static func ellipse(_ rows: Range<Int>, _ columns: Range<Int>) -> ObjectMask {
        ObjectMask(rows.map { row in
            let y = (Float(row - rows.lowerBound) + 0.5) / Float(rows.count) * 2 - 1
            let half = max(0.5, Float(columns.count) / 2 * (1 - y * y).squareRoot())
            let middle = Float(columns.lowerBound) + Float(columns.count) / 2
            let start = max(columns.lowerBound, Int(middle - half))
            return PixelRun(row: row, start: start, end: max(start + 1, min(columns.upperBound, Int(middle + half))))
        })
    }

    private func labels(_ slot: Int, _ classCount: Int) -> LabelMap {
        var random = RandomStream(seed: 1, "random labels", rank: slot)
        let (rows, columns) = ((height + patch - 1) / patch, (width + patch - 1) / patch)
        let classes = (0..<rows * columns).map { _ in UInt8(random.integer(below: classCount)) }
        var map = LabelMap(height: height, width: width, channels: 1, filledWith: 0)
        for y in 0..<height {
            for x in 0..<width { map.pixels[y * width + x] = classes[y / patch * columns + x / patch] }
        }
        return map
    }
}
