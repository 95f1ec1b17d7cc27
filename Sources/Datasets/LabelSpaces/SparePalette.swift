/// Colours for classes without one, far from each other and none that is taken.
package struct SparePalette {
    private var taken: Set<SIMD3<UInt8>>
    private var step = 0

    package init(_ taken: [SIMD3<UInt8>]) { self.taken = Set(taken) }

    package mutating func next() -> SIMD3<UInt8> {
        while true {
            // Hues a golden section apart, in three brightnesses.
            let hue = (Double(step) * 0.618_033_988_75).truncatingRemainder(dividingBy: 1) * 6
            let value = [220.0, 150, 90][step / 6 % 3]
            step += 1
            let color = SIMD3<UInt8>(
                [5.0, 3, 1].map { offset in
                    let k = (offset + hue).truncatingRemainder(dividingBy: 6)
                    return UInt8(value * (1 - 0.8 * max(0, min(k, 4 - k, 1))))
                })
            if taken.insert(color).inserted { return color }
        }
    }
}
