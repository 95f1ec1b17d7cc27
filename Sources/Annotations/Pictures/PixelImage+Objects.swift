public import ImageIO

extension PixelImage where Scalar == UInt8 {
    /// The picture with objects in it: each filled to a share with a colour of its own (`ObjectColors`), its outline in
    /// that colour. Later objects cover earlier ones.
    ///
    /// - Parameters:
    ///   - opacity: share of the colour inside, from 0 (outlines alone) to 1.
    ///   - thickness: of outlines in pixels; nil follows the size of the picture.
    /// - Precondition: three channels; the objects lie inside.
    public func showing(_ objects: [AnnotatedObject], opacity: Float = 0.4, thickness: Int? = nil) -> RGBImage {
        precondition(channels == 3, "showing: a picture has 3 channels, got \(channels)")
        precondition((0...1).contains(opacity), "showing: opacity must be in 0...1, got \(opacity)")
        let thickness = thickness ?? max(1, min(height, width) / 256)
        var result = self
        for (place, object) in objects.enumerated() {
            let color = ObjectColors.color(place)
            for run in object.mask.runs {
                for column in Int(run.start)..<Int(run.end) {
                    result.blend(color, opacity, at: Int(run.row) * width + column)
                }
            }
            for pixel in object.mask.outline(thickness: thickness) {
                result.blend(color, 1, at: pixel.row * width + pixel.column)
            }
        }
        return result
    }

    private mutating func blend(_ color: SIMD3<UInt8>, _ share: Float, at pixel: Int) {
        for channel in 0..<3 {
            let old = Float(pixels[3 * pixel + channel])
            pixels[3 * pixel + channel] = UInt8(old + share * (Float(color[channel]) - old) + 0.5)
        }
    }
}

extension ObjectMask {
    /// The pixels of the mask from which some pixel outside is at most `thickness` steps away, along rows or columns.
    func outline(thickness: Int) -> [(row: Int, column: Int)] {
        var isInside = [Bool](repeating: false, count: box.height * box.width)
        for run in runs {
            let start = (Int(run.row) - box.top) * box.width - box.left
            for column in Int(run.start)..<Int(run.end) { isInside[start + column] = true }
        }
        func isOutside(_ row: Int, _ column: Int) -> Bool {
            row < 0 || column < 0 || row >= box.height || column >= box.width || !isInside[row * box.width + column]
        }
        var outline: [(row: Int, column: Int)] = []
        for row in 0..<box.height {
            for column in 0..<box.width where isInside[row * box.width + column] {
                let isNearBorder = (1...max(1, thickness)).contains { step in
                    isOutside(row - step, column) || isOutside(row + step, column) || isOutside(row, column - step)
                        || isOutside(row, column + step)
                }
                if isNearBorder { outline.append((row + box.top, column + box.left)) }
            }
        }
        return outline
    }
}
