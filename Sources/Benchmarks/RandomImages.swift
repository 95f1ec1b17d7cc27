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

    /// One sample a slot; those of the source have labels.
    ///
    /// - Parameter classCount: of the network; labels show all of them.
    func samples(_ domain: SampleDomain, slots: Range<Int>, classCount: Int) -> [Sample] {
        slots.map { slot in
            Sample(
                planned: PlannedSample(
                    domain: domain, index: slot, step: 0, slot: slot, rareClass: nil, isFlipped: false),
                name: "random \(domain.rawValue) image \(slot)", image: colors(domain, slot),
                annotation: domain == .source ? Annotation(classes: labels(slot, classCount)) : nil, validity: nil,
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
