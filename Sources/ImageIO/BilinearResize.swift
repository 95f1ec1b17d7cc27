/// Positions and weights of one axis of a bilinear resize with half-pixel centres and clamped edges.
///
/// Output `i` lies at source `(i + 0.5) * from / to - 0.5`; no antialiasing.
struct BilinearAxis {
    /// First of the two neighbours.
    let lower: [Int]
    /// Second; the same as the first at the edges.
    let upper: [Int]
    /// Weight of the second.
    let weight: [Float]

    init(from: Int, to: Int) {
        let scale = Double(from) / Double(to)
        let positions = (0..<to).map { max(0, (Double($0) + 0.5) * scale - 0.5) }
        let lower = positions.map { min(from - 1, Int($0)) }
        self.lower = lower
        upper = lower.map { min(from - 1, $0 + 1) }
        weight = zip(positions, lower).map { Float(min(1, $0 - Double($1))) }
    }
}

extension PixelImage where Scalar == Float {
    /// Resized bilinearly: half-pixel centres, edges clamped, no antialiasing (`align_corners = false`).
    ///
    /// - Precondition: neither size is empty.
    public func resizedBilinear(height: Int, width: Int) -> FloatImage {
        resizedBilinear(height: height, width: width, load: { $0 }, store: { $0 })
    }
}

extension PixelImage where Scalar == UInt8 {
    /// Resized bilinearly: half-pixel centres, edges clamped, no antialiasing, rounded to the nearest value.
    ///
    /// - Note: OpenCV computes 8-bit images with weights of 11 bits and may differ by one level.
    /// - Precondition: neither size is empty.
    public func resizedBilinear(height: Int, width: Int) -> PixelImage<UInt8> {
        resizedBilinear(height: height, width: width, load: { Float($0) }, store: { UInt8($0 + 0.5) })
    }
}

extension PixelImage {
    @inline(__always)
    fileprivate func resizedBilinear(
        height: Int, width: Int, load: (Scalar) -> Float, store: (Float) -> Scalar
    ) -> PixelImage {
        precondition(
            height > 0 && width > 0 && self.height > 0 && self.width > 0,
            "resize: \(self.height)x\(self.width) to \(height)x\(width)")
        if height == self.height && width == self.width { return self }
        let rows = BilinearAxis(from: self.height, to: height)
        let columns = BilinearAxis(from: self.width, to: width)
        let sourceLength = self.width * channels
        // One source row pair is blended vertically first; columns are then read from the blend.
        var blend = [Float](repeating: 0, count: sourceLength)
        let count = height * width * channels
        let result = [Scalar](unsafeUninitializedCapacity: count) { buffer, initialized in
            pixels.withUnsafeBufferPointer { source in
                blend.withUnsafeMutableBufferPointer { blend in
                    for y in 0..<height {
                        let (top, bottom) = (rows.lower[y] * sourceLength, rows.upper[y] * sourceLength)
                        let weight = rows.weight[y]
                        for i in 0..<sourceLength {
                            let upper = load(source[top &+ i])
                            blend[i] = upper + weight * (load(source[bottom &+ i]) - upper)
                        }
                        let out = y * width * channels
                        for x in 0..<width {
                            let (left, right) = (columns.lower[x] &* channels, columns.upper[x] &* channels)
                            let share = columns.weight[x]
                            for c in 0..<channels {
                                let value = blend[left &+ c] + share * (blend[right &+ c] - blend[left &+ c])
                                buffer.initializeElement(at: out &+ x &* channels &+ c, to: store(value))
                            }
                        }
                    }
                }
            }
            initialized = count
        }
        return PixelImage(height: height, width: width, channels: channels, pixels: result)
    }
}
