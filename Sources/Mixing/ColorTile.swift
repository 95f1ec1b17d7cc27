internal import CPixelKernels

/// A few hundred pixels with their channels apart, so that colour arithmetic runs in vector registers.
///
/// Lives inside `withScratch` only.
struct ColorTile {
    /// Pixels of a tile: three planes stay in the first-level cache.
    static let capacity = 512
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
        cpix_split(pixels.baseAddress, pixels.count / 3, red, green, blue)
    }

    /// Gives as many pixels back as `pixels` holds.
    func store(_ pixels: UnsafeMutableBufferPointer<Float>) {
        cpix_join(red, green, blue, pixels.count / 3, pixels.baseAddress)
    }

    /// `clamp(x * factor + offset)` to `0...1`.
    func scale(by factor: Float, adding offset: Float) { cpix_scale(red, 3 * Self.capacity, factor, offset) }

    /// Multiplies the saturation `S = (max - min) / max` and clamps it to `0...1`.
    func scaleSaturation(by factor: Float) { cpix_scale_saturation(red, green, blue, Self.capacity, factor) }

    /// Adds `turns` to the hue.
    func turnHue(by turns: Float) {
        cpix_turn_hue(red, green, blue, Self.capacity, 6 * (turns - turns.rounded(.down)))
    }
}
