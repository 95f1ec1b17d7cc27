/// Positions and weights of one axis of a bicubic resize as Pillow does it: a cubic with `a = -0.5` that is as much wider
/// than a pixel as the axis is shrunk, so that every pixel of the source counts.
private struct BicubicAxis {
    /// First source position of each output position.
    private(set) var starts: [Int] = []
    /// How many positions from there on count.
    private(set) var counts: [Int] = []
    /// Weights of 22 bits, `stride` for each output position.
    private(set) var weights: [Int32] = []
    let stride: Int

    static let precisionBits = 22

    init(from: Int, to: Int) {
        let scale = Double(from) / Double(to)
        let filterScale = max(1, scale)
        let support = 2 * filterScale
        stride = Int(support.rounded(.up)) * 2 + 1
        weights = [Int32](repeating: 0, count: to * stride)
        for position in 0..<to {
            let center = (Double(position) + 0.5) * scale
            let start = max(0, Int(center - support + 0.5))
            let count = min(from, Int(center + support + 0.5)) - start
            let raw = (0..<count).map { Self.cubic((Double($0 + start) - center + 0.5) / filterScale) }
            let sum = raw.reduce(0, +)
            starts.append(start)
            counts.append(count)
            for (index, weight) in raw.enumerated() {
                let scaled = (sum == 0 ? weight : weight / sum) * Double(1 << Self.precisionBits)
                weights[position * stride + index] = Int32(scaled + (scaled < 0 ? -0.5 : 0.5))
            }
        }
    }

    /// Keys' cubic with `a = -0.5`.
    private static func cubic(_ distance: Double) -> Double {
        let (a, x) = (-0.5, abs(distance))
        if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
        return 0
    }
}

extension PixelImage where Scalar == UInt8 {
    /// Resized by cubic interpolation with antialiasing, the same bytes as Pillow's `resize(…, BICUBIC)`: columns first,
    /// then rows, each rounded to a byte.
    ///
    /// - Precondition: neither size is empty.
    public func resizedBicubic(height: Int, width: Int) -> PixelImage<UInt8> {
        precondition(
            height > 0 && width > 0 && self.height > 0 && self.width > 0,
            "resize: \(self.height)x\(self.width) to \(height)x\(width)")
        var result = self
        if width != self.width { result = result.bicubicColumns(width) }
        if height != self.height { result = result.bicubicRows(height) }
        return result
    }

    private func bicubicColumns(_ width: Int) -> PixelImage<UInt8> {
        let axis = BicubicAxis(from: self.width, to: width)
        let channels = channels
        let count = height * width * channels
        let result = [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
            pixels.withUnsafeBufferPointer { source in
                axis.weights.withUnsafeBufferPointer { weights in
                    for y in 0..<height {
                        let row = y &* self.width &* channels
                        for x in 0..<width {
                            let first = row &+ axis.starts[x] &* channels
                            let own = x &* axis.stride
                            let out = (y &* width &+ x) &* channels
                            for c in 0..<channels {
                                var sum = Int32(1) << Int32(BicubicAxis.precisionBits - 1)
                                for k in 0..<axis.counts[x] {
                                    sum &+= Int32(source[first &+ k &* channels &+ c]) &* weights[own &+ k]
                                }
                                output[out &+ c] = Self.clamped(sum)
                            }
                        }
                    }
                }
            }
            initialized = count
        }
        return PixelImage(height: height, width: width, channels: channels, pixels: result)
    }

    private func bicubicRows(_ height: Int) -> PixelImage<UInt8> {
        let axis = BicubicAxis(from: self.height, to: height)
        let length = width * channels
        var sums = [Int32](repeating: 0, count: length)
        let count = height * length
        let result = [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
            pixels.withUnsafeBufferPointer { source in
                sums.withUnsafeMutableBufferPointer { sums in
                    for y in 0..<height {
                        sums.update(repeating: Int32(1) << Int32(BicubicAxis.precisionBits - 1))
                        for k in 0..<axis.counts[y] {
                            let weight = axis.weights[y &* axis.stride &+ k]
                            let row = (axis.starts[y] &+ k) &* length
                            for i in 0..<length { sums[i] &+= Int32(source[row &+ i]) &* weight }
                        }
                        for i in 0..<length { output[y &* length &+ i] = Self.clamped(sums[i]) }
                    }
                }
            }
            initialized = count
        }
        return PixelImage(height: height, width: width, channels: channels, pixels: result)
    }

    @inline(__always)
    private static func clamped(_ sum: Int32) -> UInt8 {
        UInt8(max(0, min(255, sum >> Int32(BicubicAxis.precisionBits))))
    }
}
