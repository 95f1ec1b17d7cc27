/// A few hundred pixels with their channels apart, so that colour arithmetic runs in vector registers.
///
/// Lives inside `withScratch` only.
struct ColorTile {
    /// Pixels of a tile: three planes stay in the first-level cache.
    static let capacity = 512
    /// Keeps saturation finite at black, as kornia's `rgb_to_hsv` does.
    private static let saturationGuard: Float = 1e-6

    private let red: UnsafeMutablePointer<Float>
    private let green: UnsafeMutablePointer<Float>
    private let blue: UnsafeMutablePointer<Float>

    /// Lends a tile of zeros.
    static func withScratch(_ body: (ColorTile) -> Void) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * capacity) { buffer in
            buffer.initialize(repeating: 0)
            guard let base = buffer.baseAddress else { return }
            body(ColorTile(red: base, green: base + capacity, blue: base + 2 * capacity))
        }
    }

    /// Takes interleaved pixels, at most `capacity`; the rest of the tile keeps older ones.
    func load(_ pixels: UnsafeMutableBufferPointer<Float>) {
        for i in 0..<pixels.count / 3 {
            red[i] = pixels[3 &* i]
            green[i] = pixels[3 &* i &+ 1]
            blue[i] = pixels[3 &* i &+ 2]
        }
    }

    /// Gives as many pixels back as `pixels` holds.
    func store(_ pixels: UnsafeMutableBufferPointer<Float>) {
        for i in 0..<pixels.count / 3 {
            pixels[3 &* i] = red[i]
            pixels[3 &* i &+ 1] = green[i]
            pixels[3 &* i &+ 2] = blue[i]
        }
    }

    /// `clamp(x * factor + offset)`.
    func scale(by factor: Float, adding offset: Float) {
        for i in 0..<3 * Self.capacity { red[i] = min(1, max(0, red[i] * factor + offset)) }
    }

    /// Multiplies the saturation `S = (max - min) / max` and clamps it to `0...1`.
    ///
    /// In HSV a channel is `V - V * S * w`, with `w` a function of the hue alone, so that its distance from the largest
    /// channel scales with S and the hue need not be found.
    func scaleSaturation(by factor: Float) {
        for i in 0..<Self.capacity {
            let (r, g, b) = (red[i], green[i], blue[i])
            let value = max(r, max(g, b))
            let chroma = value - min(r, min(g, b))
            let guarded = value + Self.saturationGuard
            // The guard of the saturation also shrinks the way back from HSV by value / guarded.
            let largest = guarded / (chroma > 0 ? chroma : guarded)
            let share = min(factor, largest) * value / guarded
            red[i] = value - (value - r) * share
            green[i] = value - (value - g) * share
            blue[i] = value - (value - b) * share
        }
    }

    /// Adds `turns` to the hue.
    ///
    /// Back from HSV, a channel is `V - C * clamp(min(k, 4 - k), 0, 1)` with `k = (n + H) mod 6`, `H` in sixths of a
    /// turn, and `n` = 5, 3, 1 for red, green, blue: the usual six cases in one expression without branches.
    func turnHue(by turns: Float) {
        let shift = 6 * (turns - turns.rounded(.down))
        for i in 0..<Self.capacity {
            let (r, g, b) = (red[i], green[i], blue[i])
            let value = max(r, max(g, b))
            let difference = value - min(r, min(g, b))
            let scale = 1 / (difference > 0 ? difference : 1)
            let others = g == value ? (b - r) * scale + 2 : (r - g) * scale + 4
            let hue = wrapped((r == value ? (g - b) * scale : others) + shift)
            let chroma = difference * value / (value + Self.saturationGuard)
            red[i] = value - chroma * hueWeight(hue + 5)
            green[i] = value - chroma * hueWeight(hue + 3)
            blue[i] = value - chroma * hueWeight(hue + 1)
        }
    }

    /// `-6..<12` to `0..<6`.
    @inline(__always)
    private func wrapped(_ hue: Float) -> Float {
        let positive = hue < 0 ? hue + 6 : hue
        return positive >= 6 ? positive - 6 : positive
    }

    @inline(__always)
    private func hueWeight(_ position: Float) -> Float {
        let k = position >= 6 ? position - 6 : position
        return max(0, min(1, min(k, 4 - k)))
    }
}
