/// Walks over the values of an image, for those who ask about files and are not compiled for speed themselves.

extension PixelImage where Scalar == UInt8 {
    /// How many elements have each of the 256 values.
    package var valueCounts: [Int] {
        var counts = [Int](repeating: 0, count: 256)
        for value in pixels { counts[Int(value)] += 1 }
        return counts
    }

    /// Every value replaced by its entry in a table of 256.
    package func mapped(by table: [UInt8]) -> PixelImage {
        precondition(table.count == 256, "mapped: a table of values needs 256, got \(table.count)")
        var result = self
        table.withUnsafeBufferPointer { table in
            result.pixels.withUnsafeMutableBufferPointer { pixels in
                for index in pixels.indices { pixels[index] = table[Int(pixels[index])] }
            }
        }
        return result
    }

    /// 1 where a pixel has a value, else 0.
    package func marking(_ value: UInt8) -> PixelImage {
        var table = [UInt8](repeating: 0, count: 256)
        table[Int(value)] = 1
        return mapped(by: table)
    }

    /// Whether several pixels all have one colour.
    package var isOfOneColor: Bool {
        pixels.count > channels && (channels..<pixels.count).allSatisfy { pixels[$0] == pixels[$0 - channels] }
    }

    /// The one value of red, green and blue, `[H, W, 1]`; nil where a pixel has a colour.
    ///
    /// - Precondition: three channels.
    package var grey: LabelMap? {
        requireColors()
        var values = [UInt8](repeating: 0, count: height * width)
        for index in values.indices {
            let value = pixels[3 * index]
            guard pixels[3 * index + 1] == value, pixels[3 * index + 2] == value else { return nil }
            values[index] = value
        }
        return LabelMap(height: height, width: width, channels: 1, pixels: values)
    }

    /// Colours as numbers `R + 256 G + 65536 B`, `[H, W, 1]`.
    ///
    /// - Precondition: three channels.
    package var numbers: PixelImage<UInt32> {
        requireColors()
        let count = height * width
        let numbers = [UInt32](unsafeUninitializedCapacity: count) { output, initialized in
            pixels.withUnsafeBufferPointer { source in
                for index in 0..<count {
                    let place = 3 &* index
                    output[index] =
                        UInt32(source[place]) | UInt32(source[place &+ 1]) << 8 | UInt32(source[place &+ 2]) << 16
                }
            }
            initialized = count
        }
        return PixelImage<UInt32>(height: height, width: width, channels: 1, pixels: numbers)
    }

    /// The colours that occur, as many as `limit` allows and one more.
    ///
    /// - Precondition: three channels.
    package func distinctColors(limit: Int = .max) -> Set<SIMD3<UInt8>> {
        requireColors()
        var found: Set<SIMD3<UInt8>> = []
        var last: SIMD3<UInt8>?
        for index in 0..<height * width {
            let color = color(index)
            // Neighbours mostly have one colour.
            guard color != last else { continue }
            last = color
            if found.insert(color).inserted, found.count > limit { break }
        }
        return found
    }

    /// For each of the 256 values of a map the colour of its first pixel; nil where it has none.
    ///
    /// - Precondition: three channels, and a map of the same size.
    package func firstColors(by map: LabelMap) -> [SIMD3<UInt8>?] {
        requireColors()
        precondition(map.pixels.count == height * width, "firstColors: the map is of another size")
        var colors = [SIMD3<UInt8>?](repeating: nil, count: 256)
        for (index, value) in map.pixels.enumerated() where colors[Int(value)] == nil {
            colors[Int(value)] = color(index)
        }
        return colors
    }

    private func color(_ index: Int) -> SIMD3<UInt8> {
        SIMD3(pixels[3 * index], pixels[3 * index + 1], pixels[3 * index + 2])
    }

    private func requireColors() { precondition(channels == 3, "a picture of colours has 3 channels, got \(channels)") }
}

extension PixelImage where Scalar == UInt16 {
    /// The values that occur.
    package var distinctValues: Set<Int> {
        var isThere = [Bool](repeating: false, count: 1 << 16)
        for value in pixels { isThere[Int(value)] = true }
        return Set(isThere.indices.filter { isThere[$0] })
    }

    /// The first two channels as one number, `first * 65536 + second`; `other` where the first is not among those
    /// wanted. `[H, W, 1]`
    package func pairs(whereFirst isWanted: (Int) -> Bool, other: UInt32) -> PixelImage<UInt32> {
        precondition(channels >= 2, "pairs: two channels are needed, got \(channels)")
        let count = height * width
        // Neighbours mostly have one value.
        var last = (first: UInt16.max, isWanted: isWanted(Int(UInt16.max)))
        let numbers = [UInt32](unsafeUninitializedCapacity: count) { output, initialized in
            pixels.withUnsafeBufferPointer { source in
                for index in 0..<count {
                    let (first, second) = (source[channels &* index], source[channels &* index &+ 1])
                    if first != last.first { last = (first, isWanted(Int(first))) }
                    output[index] = last.isWanted ? UInt32(first) << 16 | UInt32(second) : other
                }
            }
            initialized = count
        }
        return PixelImage<UInt32>(height: height, width: width, channels: 1, pixels: numbers)
    }
}
