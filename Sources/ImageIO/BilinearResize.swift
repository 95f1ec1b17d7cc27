internal import CPixelKernels

/// Positions and weights of one axis of a bilinear resize with half-pixel centres and clamped edges.
///
/// Output `i` lies at source `(i + 0.5) * from / to - 0.5`; no antialiasing.
struct BilinearAxis {
    /// First of the two neighbours.
    let lower: [Int32]
    /// Second; the same as the first at the edges.
    let upper: [Int32]
    /// Weight of the second.
    let weight: [Float]

    /// - Parameter stride: values from one position to the next; neighbours are counted in values.
    init(from: Int, to: Int, stride: Int = 1) {
        let scale = Double(from) / Double(to)
        let positions = (0..<to).map { max(0, (Double($0) + 0.5) * scale - 0.5) }
        let lower = positions.map { min(from - 1, Int($0)) }
        self.lower = lower.map { Int32($0 * stride) }
        upper = lower.map { Int32(min(from - 1, $0 + 1) * stride) }
        weight = zip(positions, lower).map { Float(min(1, $0 - Double($1))) }
    }

    /// Lends the axis as kernels take it.
    func withKernelAxis(_ body: (UnsafePointer<cpix_axis>) -> Void) {
        lower.withUnsafeBufferPointer { lower in
            upper.withUnsafeBufferPointer { upper in
                weight.withUnsafeBufferPointer { weight in
                    var axis = cpix_axis(
                        lower: lower.baseAddress, upper: upper.baseAddress, weight: weight.baseAddress)
                    body(&axis)
                }
            }
        }
    }
}

extension PixelImage where Scalar == Float {
    /// Resized bilinearly: half-pixel centres, edges clamped, no antialiasing (`align_corners = false`).
    ///
    /// - Precondition: neither size is empty.
    public func resizedBilinear(height: Int, width: Int) -> FloatImage {
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
        let result = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            pixels.withUnsafeBufferPointer { source in
                blend.withUnsafeMutableBufferPointer { blend in
                    for y in 0..<height {
                        let (top, bottom) = (Int(rows.lower[y]) * sourceLength, Int(rows.upper[y]) * sourceLength)
                        let weight = rows.weight[y]
                        for i in 0..<sourceLength {
                            let upper = source[top &+ i]
                            blend[i] = upper + weight * (source[bottom &+ i] - upper)
                        }
                        let out = y * width * channels
                        for x in 0..<width {
                            let (left, right) = (Int(columns.lower[x]) &* channels, Int(columns.upper[x]) &* channels)
                            let share = columns.weight[x]
                            for c in 0..<channels {
                                let value = blend[left &+ c] + share * (blend[right &+ c] - blend[left &+ c])
                                buffer.initializeElement(at: out &+ x &* channels &+ c, to: value)
                            }
                        }
                    }
                }
            }
            initialized = count
        }
        return FloatImage(height: height, width: width, channels: channels, pixels: result)
    }
}

extension PixelImage where Scalar == UInt8 {
    /// Resized bilinearly: half-pixel centres, edges clamped, no antialiasing, rounded to the nearest value.
    ///
    /// - Note: OpenCV computes 8-bit images with weights of 11 bits and may differ by one level.
    /// - Precondition: neither size is empty.
    public func resizedBilinear(height: Int, width: Int) -> PixelImage<UInt8> {
        precondition(
            height > 0 && width > 0 && self.height > 0 && self.width > 0,
            "resize: \(self.height)x\(self.width) to \(height)x\(width)")
        if height == self.height && width == self.width { return self }
        let rows = BilinearAxis(from: self.height, to: height)
        let columns = BilinearAxis(from: self.width, to: width, stride: channels)
        let scratch = self.width * channels + Int(CPIX_ROW_SLACK)
        let count = height * width * channels
        let result = [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: scratch) { row in
                rows.withKernelAxis { rows in
                    columns.withKernelAxis { columns in
                        cpix_resize_bilinear(
                            pixels, self.width, channels, rows, columns, height, width, row.baseAddress,
                            output.baseAddress)
                    }
                }
            }
            initialized = count
        }
        return PixelImage(height: height, width: width, channels: channels, pixels: result)
    }
}
