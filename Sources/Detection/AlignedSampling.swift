/// How RoIAlign (arXiv:1703.06870, with pixel centres at whole numbers as in Detectron2's `aligned`) weighs the pixels
/// of one axis of an image in the bins of a region.
///
/// A bin of width `b` is sampled at `n = ceil(b)` points, evenly, each bilinearly between two pixels; points more than
/// a pixel outside give nothing. As points lie on a grid, a bin's value is a sum over rows and columns apart:
/// `sum over y, x of rows[bin_y, y] * columns[bin_x, x] * image[y, x]`.
struct AlignedSampling {
    /// Pixels with a weight in some bin.
    let pixels: Range<Int>
    let bins: Int
    /// `[pixels.count, bins]`: shares of the pixels in the bins, which add up to 1 for bins inside the image.
    let weights: [Double]

    /// - Parameters:
    ///   - start: of the region, in pixels from the image's edge.
    ///   - end: not before `start`.
    ///   - length: pixels of the image along the axis.
    init(from start: Float, to end: Float, bins: Int, length: Int) {
        self.bins = bins
        let (start, bin) = (Double(start) - 0.5, (Double(end) - Double(start)) / Double(bins))
        let samples = Int(bin.rounded(.up))
        guard samples > 0, length > 0 else {
            (pixels, weights) = (0..<0, [])
            return
        }
        let first = min(max(Int(start.rounded(.down)), 0), length - 1)
        let last = min(max(Int((start + bin * Double(bins)).rounded(.up)), 0), length - 1)
        var weights = [Double](repeating: 0, count: (last - first + 1) * bins)
        let share = 1 / Double(samples)
        for place in 0..<bins {
            for sample in 0..<samples {
                let position = start + bin * (Double(place) + (Double(sample) + 0.5) * share)
                guard position >= -1, position <= Double(length) else { continue }
                let inside = min(max(position, 0), Double(length - 1))
                let low = Int(inside)
                let fraction = inside - Double(low)
                weights[(low - first) * bins + place] += share * (1 - fraction)
                if fraction > 0 { weights[(low + 1 - first) * bins + place] += share * fraction }
            }
        }
        self.pixels = first..<last + 1
        self.weights = weights
    }

    /// `[pixels.count + 1, bins]`: the weights of all pixels before each.
    func cumulated() -> [Double] {
        var sums = [Double](repeating: 0, count: weights.count + bins)
        for place in weights.indices { sums[place + bins] = sums[place] + weights[place] }
        return sums
    }
}
