internal import CPixelKernels

/// What a resize as Pillow does it sums up: as much wider than a pixel as an axis is shrunk, so that every pixel of the
/// source counts.
package enum ResizeFilter: Sendable {
    /// A triangle (`BILINEAR`).
    case bilinear
    /// A cubic with `a = -0.5` (`BICUBIC`).
    case bicubic

    /// Pixels to either side, where nothing is shrunk.
    fileprivate var support: Double { self == .bilinear ? 1 : 2 }

    fileprivate func weight(_ distance: Double) -> Double {
        let (a, x) = (-0.5, abs(distance))
        switch self {
        case .bilinear: return x < 1 ? 1 - x : 0
        case .bicubic:
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
            return 0
        }
    }
}

/// Positions and weights of a part of one axis.
private struct FilterAxis {
    /// First source position of each output position.
    private(set) var starts: [Int32] = []
    /// How many positions from there on count.
    private(set) var counts: [Int32] = []
    /// Weights of 22 bits, `stride` for each output position.
    private var weights: [Int32] = []
    private let stride: Int

    /// - Parameter range: output positions that are wanted, of `0..<to`.
    init(_ filter: ResizeFilter, from: Int, to: Int, range: Range<Int>) {
        let scale = Double(from) / Double(to)
        let filterScale = max(1, scale)
        let support = filter.support * filterScale
        stride = Int(support.rounded(.up)) * 2 + 1
        weights = [Int32](repeating: 0, count: range.count * stride)
        for (place, position) in range.enumerated() {
            let center = (Double(position) + 0.5) * scale
            let start = max(0, Int(center - support + 0.5))
            let count = min(from, Int(center + support + 0.5)) - start
            let raw = (0..<count).map { filter.weight((Double($0 + start) - center + 0.5) / filterScale) }
            let sum = raw.reduce(0, +)
            starts.append(Int32(start))
            counts.append(Int32(count))
            for (index, weight) in raw.enumerated() {
                let scaled = (sum == 0 ? weight : weight / sum) * Double(1 << Int(CPIX_FILTER_BITS))
                weights[place * stride + index] = Int32(scaled + (scaled < 0 ? -0.5 : 0.5))
            }
        }
    }

    /// Source positions that count at all.
    var sources: Range<Int> {
        let ends = zip(starts, counts).map { Int($0 + $1) }
        return Int(starts.min() ?? 0)..<(ends.max() ?? 0)
    }

    /// The same axis over a source whose first `first` positions are gone.
    func dropping(first: Int) -> FilterAxis {
        var axis = self
        axis.starts = starts.map { $0 - Int32(first) }
        return axis
    }

    /// Lends the axis as kernels take it.
    func withKernelFilter(_ body: (UnsafePointer<cpix_filter>) -> Void) {
        starts.withUnsafeBufferPointer { starts in
            counts.withUnsafeBufferPointer { counts in
                weights.withUnsafeBufferPointer { weights in
                    var filter = cpix_filter(
                        starts: starts.baseAddress, counts: counts.baseAddress, weights: weights.baseAddress,
                        stride: stride)
                    body(&filter)
                }
            }
        }
    }
}

extension ResizeFilter {
    /// A part of a resized image, the same bytes as when the whole is resized by Pillow and cut: columns first, then
    /// rows, each rounded to a byte.
    ///
    /// - Parameters:
    ///   - source: `[height, width, channels]`.
    ///   - size: of the whole result.
    ///   - rows, columns: of the result, that are wanted.
    /// - Precondition: no size is empty, and the part lies in the result.
    package func resized(
        _ source: UnsafeBufferPointer<UInt8>, height: Int, width: Int, channels: Int,
        to size: (height: Int, width: Int), rows: Range<Int>, columns: Range<Int>
    ) -> PixelImage<UInt8> {
        precondition(
            source.count == height * width * channels && !source.isEmpty && !rows.isEmpty && !columns.isEmpty
                && rows.lowerBound >= 0 && columns.lowerBound >= 0 && rows.upperBound <= size.height
                && columns.upperBound <= size.width,
            "resize: rows \(rows) and columns \(columns) of \(height)x\(width) to \(size.height)x\(size.width)")
        let across = FilterAxis(self, from: width, to: size.width, range: columns)
        let down = FilterAxis(self, from: height, to: size.height, range: rows)
        let band = down.sources
        let narrow = filteredColumns(
            UnsafeBufferPointer(rebasing: source[(band.lowerBound * width * channels)...]), band.count, width, channels,
            across, columns.count)
        return filteredRows(narrow, down.dropping(first: band.lowerBound), rows.count)
    }

    private func filteredColumns(
        _ source: UnsafeBufferPointer<UInt8>, _ height: Int, _ sourceWidth: Int, _ channels: Int, _ axis: FilterAxis,
        _ width: Int
    ) -> PixelImage<UInt8> {
        let count = height * width * channels
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
            axis.withKernelFilter {
                cpix_filter_columns(source.baseAddress, sourceWidth, channels, $0, height, width, output.baseAddress)
            }
            initialized = count
        }
        return PixelImage(height: height, width: width, channels: channels, pixels: pixels)
    }

    private func filteredRows(_ source: PixelImage<UInt8>, _ axis: FilterAxis, _ height: Int) -> PixelImage<UInt8> {
        let length = source.width * source.channels
        let pixels = [UInt8](unsafeUninitializedCapacity: height * length) { output, initialized in
            source.pixels.withUnsafeBufferPointer { source in
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: length) { sums in
                    axis.withKernelFilter {
                        cpix_filter_rows(
                            source.baseAddress, length, $0, height, sums.baseAddress, output.baseAddress)
                    }
                }
            }
            initialized = height * length
        }
        return PixelImage(height: height, width: source.width, channels: source.channels, pixels: pixels)
    }
}

extension PixelImage where Scalar == UInt8 {
    /// Resized by cubic interpolation with antialiasing, the same bytes as Pillow's `resize(…, BICUBIC)`.
    ///
    /// - Precondition: neither size is empty.
    public func resizedBicubic(height: Int, width: Int) -> PixelImage<UInt8> {
        resized(by: .bicubic, height: height, width: width)
    }

    /// Resized bilinearly with antialiasing, the same bytes as Pillow's `resize(…, BILINEAR)`.
    ///
    /// - Precondition: neither size is empty.
    public func resizedAntialiased(height: Int, width: Int) -> PixelImage<UInt8> {
        resized(by: .bilinear, height: height, width: width)
    }

    private func resized(by filter: ResizeFilter, height: Int, width: Int) -> PixelImage<UInt8> {
        if height == self.height && width == self.width { return self }
        return pixels.withUnsafeBufferPointer {
            filter.resized(
                $0, height: self.height, width: self.width, channels: channels, to: (height, width), rows: 0..<height,
                columns: 0..<width)
        }
    }
}
