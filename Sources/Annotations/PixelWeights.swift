package import ImageIO

/// What pixels of a batch weigh and show, as networks take it: every image of every step passes here.
package enum PixelWeights {
    /// One weight for all pixels of an image, and 0 where `validity` is 0.
    ///
    /// - Parameter validity: `[H, W, 1]`; nil where all pixels are valid.
    package static func weights(_ weight: Float, count: Int, validity: LabelMap?) -> [Float] {
        var weights = [Float](repeating: weight, count: count)
        if let validity {
            precondition(validity.pixels.count == count, "PixelWeights: validity is of another size")
            for index in weights.indices where validity.pixels[index] == 0 { weights[index] = 0 }
        }
        return weights
    }

    /// Weights of several images, one after the other; an image of nil weighs 1 everywhere.
    package static func joined(_ images: [[Float]?], area: Int) -> [Float] {
        var all: [Float] = []
        all.reserveCapacity(images.count * area)
        for weights in images { all += weights ?? [Float](repeating: 1, count: area) }
        return all
    }

    /// The train ids of several images, one after the other, as targets of a loss.
    package static func targets(_ maps: [LabelMap]) -> [Int32] {
        let total = maps.reduce(0) { $0 + $1.pixels.count }
        return [Int32](unsafeUninitializedCapacity: total) { output, initialized in
            for map in maps {
                map.pixels.withUnsafeBufferPointer { pixels in
                    for index in 0..<pixels.count { output[initialized &+ index] = Int32(pixels[index]) }
                }
                initialized += map.pixels.count
            }
        }
    }
}
