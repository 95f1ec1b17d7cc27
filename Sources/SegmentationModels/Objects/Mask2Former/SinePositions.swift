import Glibc
import TensorEngine

extension Tensor {
    /// What tells the cells of a map where they are: sines and cosines of their place, `[height * width, channels]`
    /// (Vaswani et al., arXiv:1706.03762, in two dimensions as Carion et al., arXiv:2005.12872).
    ///
    /// The first half of the channels is of the row, the second of the column. Channel `k` of a half of `n` is the sine
    /// (even `k`) or cosine (odd `k`) of `v / 10000^(2 floor(k / 2) / n)`, with `v` the place of the cell from 1, as a
    /// part of the length, times `2 pi`.
    ///
    /// - Precondition: `channels` is a multiple of 4.
    static func sinePositions(height: Int, width: Int, channels: Int) -> Tensor {
        precondition(channels.isMultiple(of: 4), "sinePositions: \(channels) channels are no multiple of 4")
        let half = channels / 2
        let (rows, columns) = (axisPositions(length: height, half), axisPositions(length: width, half))
        let values = [Float](unsafeUninitializedCapacity: height * width * channels) { buffer, count in
            count = height * width * channels
            for y in 0..<height {
                for x in 0..<width {
                    let start = (y * width + x) * channels
                    for k in 0..<half {
                        buffer.initializeElement(at: start + k, to: rows[y * half + k])
                        buffer.initializeElement(at: start + half + k, to: columns[x * half + k])
                    }
                }
            }
        }
        return Tensor(values, shape: [height * width, channels])
    }

    /// `[length, channels]` of one axis.
    private static func axisPositions(length: Int, _ channels: Int) -> [Float] {
        let periods = (0..<channels).map { powf(10_000, 2 * Float($0 / 2) / Float(channels)) }
        return (0..<length).flatMap { place in
            let angle = Float(place + 1) / (Float(length) + 1e-6) * 2 * Float.pi
            return periods.enumerated().map { $0.isMultiple(of: 2) ? sinf(angle / $1) : cosf(angle / $1) }
        }
    }
}
