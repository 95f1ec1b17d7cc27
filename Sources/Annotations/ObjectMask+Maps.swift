public import ImageIO

extension ObjectMask {
    /// The masks of all numbers in a map, `[H, W, 1]`, by number; one walk over the map.
    public static func masks(in map: InstanceMap) -> [UInt16: ObjectMask] { collected(from: map) }

    /// As above, for maps of more than 65,536 numbers.
    public static func masks(in map: PixelImage<UInt32>) -> [UInt32: ObjectMask] { collected(from: map) }

    /// The pixels of a map that are not 0, `[H, W, 1]`.
    public init(ofNonzero map: LabelMap) {
        let isInside = map.pixels.map { UInt8($0 == 0 ? 0 : 1) }
        let binary = LabelMap(height: map.height, width: map.width, channels: 1, pixels: isInside)
        self = Self.collected(from: binary)[1] ?? ObjectMask()
    }

    private static func collected<Number: FixedWidthInteger & BitwiseCopyable & Sendable>(
        from map: PixelImage<Number>
    ) -> [Number: ObjectMask] {
        precondition(map.channels == 1, "ObjectMask: a map of numbers has one channel, got \(map.channels)")
        var builders: [ObjectMaskBuilder] = []
        var positions: [Number: Int] = [:]
        map.pixels.withUnsafeBufferPointer { pixels in
            for row in 0..<map.height {
                var start = 0
                while start < map.width {
                    let number = pixels[row &* map.width &+ start]
                    var end = start &+ 1
                    while end < map.width && pixels[row &* map.width &+ end] == number { end &+= 1 }
                    let position = positions[number] ?? builders.count
                    if position == builders.count {
                        positions[number] = position
                        builders.append(ObjectMaskBuilder())
                    }
                    builders[position].append(row: Int32(row), start: Int32(start), end: Int32(end))
                    start = end
                }
            }
        }
        return positions.mapValues { builders[$0].mask }
    }

    /// The pixels of the mask where `map` is not 0 (`keepsMarked`), or where it is 0.
    ///
    /// - Parameter map: `[H, W, 1]`, in which the mask lies.
    public func restricted(by map: LabelMap, keepsMarked: Bool) -> ObjectMask {
        requireInside(map)
        var builder = ObjectMaskBuilder()
        map.pixels.withUnsafeBufferPointer { pixels in
            for run in runs {
                let base = Int(run.row) * map.width
                var start = Int(run.start)
                while start < Int(run.end) {
                    let isMarked = pixels[base &+ start] != 0
                    var end = start &+ 1
                    while end < Int(run.end) && (pixels[base &+ end] != 0) == isMarked { end &+= 1 }
                    if isMarked == keepsMarked {
                        builder.append(row: run.row, start: Int32(start), end: Int32(end))
                    }
                    start = end
                }
            }
        }
        return builder.mask
    }

    /// How many of its pixels have a value.
    ///
    /// - Parameter map: `[H, W, 1]`, in which the mask lies.
    public func count(of value: UInt8, in map: LabelMap) -> Int {
        requireInside(map)
        return map.pixels.withUnsafeBufferPointer { pixels in
            runs.reduce(0) { count, run in
                let base = Int(run.row) * map.width
                return count + pixels[base + Int(run.start)..<base + Int(run.end)].count { $0 == value }
            }
        }
    }

    /// How many of its pixels have each value; values that none has are left out.
    ///
    /// - Parameter map: `[H, W, 1]`, in which the mask lies.
    public func histogram(of map: LabelMap) -> [UInt8: Int] {
        requireInside(map)
        var counts = [Int](repeating: 0, count: 256)
        map.pixels.withUnsafeBufferPointer { pixels in
            for run in runs {
                let base = Int(run.row) * map.width
                for index in base + Int(run.start)..<base + Int(run.end) { counts[Int(pixels[index])] += 1 }
            }
        }
        return counts.enumerated().reduce(into: [:]) { if $1.element > 0 { $0[UInt8($1.offset)] = $1.element } }
    }

    /// Sets the pixels of the mask to `value`.
    ///
    /// - Parameter map: `[H, W, 1]`, in which the mask lies.
    @_specialize(where Scalar == UInt8)
    @_specialize(where Scalar == UInt16)
    public func paint<Scalar>(_ value: Scalar, into map: inout PixelImage<Scalar>) {
        precondition(
            map.channels == 1 && box.bottom <= map.height && box.right <= map.width,
            "ObjectMask: \(box) does not lie in a map of \(map.height)x\(map.width)")
        let width = map.width
        map.pixels.withUnsafeMutableBufferPointer { pixels in
            for run in runs {
                let base = Int(run.row) * width
                pixels[base + Int(run.start)..<base + Int(run.end)].update(repeating: value)
            }
        }
    }

    private func requireInside(_ map: LabelMap) {
        precondition(
            map.channels == 1 && box.bottom <= map.height && box.right <= map.width,
            "ObjectMask: \(box) does not lie in a map of \(map.height)x\(map.width)")
    }
}
