package import ImageIO

/// What the numbers and colours in label files mean, as train ids. Every pixel of every label goes through here, so it
/// is apart from what knows label spaces, files and errors.
package struct TrainIDTable: Sendable, Equatable {
    /// Train id (0...255) by value below 256; negative where the value is unknown.
    package var entries: [Int16]
    /// Larger values, of files of 16 bits.
    package var wideValues: [Int: Int16] = [:]
    /// By colour, as `key(of:)` counts them.
    package var colors: [UInt32: Int16] = [:]
    /// Of values that are in none of the three.
    package let fallback: Int16

    /// What a file comes to.
    package enum Reading {
        case trainIDs(LabelMap)
        /// The first value or colour (as `key(of:)` counts them) without a meaning, and how many pixels have it.
        case unknown(Int, pixels: Int)
    }

    /// Every value means `fallback`.
    package init(fallback: Int16) {
        entries = [Int16](repeating: fallback, count: 256)
        self.fallback = fallback
    }

    package static func key(of color: SIMD3<UInt8>) -> UInt32 {
        UInt32(color.x) << 16 | UInt32(color.y) << 8 | UInt32(color.z)
    }

    /// Negative where a value is unknown.
    package subscript(_ value: Int) -> Int16 {
        entries.indices.contains(value) ? entries[value] : wideValues[value] ?? fallback
    }

    /// With every meaning changed.
    package func mapValues(_ change: (Int16) -> Int16) -> TrainIDTable {
        var result = self
        result.entries = entries.map(change)
        result.wideValues = wideValues.mapValues(change)
        result.colors = colors.mapValues(change)
        return result
    }

    /// Of a map of values, `[H, W, C]`.
    package func read(_ values: LabelMap) -> Reading {
        // -1 becomes 255, so that the pixels alone do not tell: whether one was unknown is collected beside them.
        var signs: Int16 = 0
        let pixels = [UInt8](unsafeUninitializedCapacity: values.pixels.count) { output, initialized in
            entries.withUnsafeBufferPointer { entries in
                values.pixels.withUnsafeBufferPointer { values in
                    for index in 0..<values.count {
                        let trainID = entries[Int(values[index])]
                        signs |= trainID
                        output[index] = UInt8(truncatingIfNeeded: trainID)
                    }
                }
            }
            initialized = values.pixels.count
        }
        if signs < 0, let unknown = values.pixels.first(where: { entries[Int($0)] < 0 }) {
            return .unknown(Int(unknown), pixels: values.pixels.count { $0 == unknown })
        }
        return .trainIDs(
            LabelMap(height: values.height, width: values.width, channels: values.channels, pixels: pixels))
    }

    /// Of the first channel of a map of 16 bits a value, as a map of one channel.
    package func read(_ values: PixelImage<UInt16>) -> Reading {
        let count = values.height * values.width
        var pixels = [UInt8](repeating: Annotation.ignored, count: count)
        for index in 0..<count {
            let value = values.pixels[index * values.channels]
            let entry = self[Int(value)]
            guard entry >= 0 else {
                let all = stride(from: 0, to: values.pixels.count, by: values.channels)
                return .unknown(Int(value), pixels: all.count { values.pixels[$0] == value })
            }
            pixels[index] = UInt8(entry)
        }
        return .trainIDs(LabelMap(height: values.height, width: values.width, channels: 1, pixels: pixels))
    }

    /// Of colours, `[H, W, 3]`, as a map of one channel.
    package func read(colors image: RGBImage) -> Reading {
        let count = image.height * image.width
        var pixels = [UInt8](repeating: Annotation.ignored, count: count)
        // Neighbours mostly have one colour.
        var last = (key: UInt32.max, trainID: Annotation.ignored)
        for index in 0..<count {
            let key = Self.key(ofPixel: index, in: image)
            if key != last.key {
                let entry = colors[key] ?? fallback
                guard entry >= 0 else {
                    return .unknown(Int(key), pixels: (0..<count).count { Self.key(ofPixel: $0, in: image) == key })
                }
                last = (key, UInt8(entry))
            }
            pixels[index] = last.trainID
        }
        return .trainIDs(LabelMap(height: image.height, width: image.width, channels: 1, pixels: pixels))
    }

    private static func key(ofPixel index: Int, in image: RGBImage) -> UInt32 {
        key(of: SIMD3(image.pixels[index * 3], image.pixels[index * 3 + 1], image.pixels[index * 3 + 2]))
    }
}
