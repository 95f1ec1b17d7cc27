/// How the pixels of a file are to be turned to stand upright: the tag `Orientation` of EXIF, 1 to 8.
public enum ImageOrientation: Int, Sendable, CaseIterable {
    case upright = 1
    case mirrored = 2
    case upsideDown = 3
    case mirroredUpsideDown = 4
    /// Rows and columns change places.
    case transposed = 5
    /// Turned to the right by a quarter.
    case quarterRight = 6
    case transposedUpsideDown = 7
    /// Turned to the left by a quarter.
    case quarterLeft = 8

    /// Whether height and width change places.
    public var swapsSides: Bool { rawValue >= 5 }
}

extension PixelImage {
    /// Turned to stand upright.
    @inlinable
    public func turned(_ orientation: ImageOrientation) -> PixelImage {
        guard orientation != .upright, !pixels.isEmpty else { return self }
        let (newHeight, newWidth) = orientation.swapsSides ? (width, height) : (height, width)
        let (lastRow, lastColumn) = (height - 1, width - 1)
        let result = [Scalar](unsafeUninitializedCapacity: pixels.count) { output, initialized in
            pixels.withUnsafeBufferPointer { source in
                var place = 0
                for y in 0..<newHeight {
                    for x in 0..<newWidth {
                        let (row, column): (Int, Int) =
                            switch orientation {
                            case .upright: (y, x)
                            case .mirrored: (y, lastColumn - x)
                            case .upsideDown: (lastRow - y, lastColumn - x)
                            case .mirroredUpsideDown: (lastRow - y, x)
                            case .transposed: (x, y)
                            case .quarterRight: (lastRow - x, y)
                            case .transposedUpsideDown: (lastRow - x, lastColumn - y)
                            case .quarterLeft: (x, lastColumn - y)
                            }
                        let from = (row &* width &+ column) &* channels
                        for c in 0..<channels {
                            output[place] = source[from &+ c]
                            place &+= 1
                        }
                    }
                }
            }
            initialized = pixels.count
        }
        return PixelImage(height: newHeight, width: newWidth, channels: channels, pixels: result)
    }
}

/// Finds the orientation among the metadata of a JPEG or PNG file. What is damaged there says nothing.
enum OrientationReader {
    /// - Returns: nil where the bytes end before the metadata does.
    static func orientation(of bytes: [UInt8], isJPEG: Bool) -> ImageOrientation? {
        isJPEG ? ofJPEG(bytes) : ofPNG(bytes)
    }

    /// Segments up to the first scan.
    private static func ofJPEG(_ bytes: [UInt8]) -> ImageOrientation? {
        var place = 2
        while place + 4 <= bytes.count {
            guard bytes[place] == 0xFF else { return .upright }
            let marker = bytes[place + 1]
            // Any number of these bytes may stand before a marker; some markers have no length.
            if marker == 0xFF {
                place += 1
                continue
            }
            if marker == 0x01 || (0xD0...0xD8).contains(marker) {
                place += 2
                continue
            }
            if marker == 0xDA || marker == 0xD9 { return .upright }
            let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
            guard length >= 2 else { return .upright }
            let end = place + 2 + length
            if marker == 0xE1, bytes[(place + 4)...].starts(with: [0x45, 0x78, 0x69, 0x66, 0, 0]) {
                guard end <= bytes.count else { return nil }
                return ofEXIF(bytes[(place + 10)..<max(place + 10, end)])
            }
            place = end
        }
        return nil
    }

    /// Chunks before the pixels.
    private static func ofPNG(_ bytes: [UInt8]) -> ImageOrientation? {
        var place = 8
        while place + 8 <= bytes.count {
            let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
            let name = bytes[place + 4..<place + 8]
            if name.elementsEqual("IDAT".utf8) || name.elementsEqual("IEND".utf8) { return .upright }
            let (start, end) = (place + 8, place + 8 + length)
            if name.elementsEqual("eXIf".utf8) {
                guard end <= bytes.count else { return nil }
                return ofEXIF(bytes[start..<end])
            }
            place = end + 4
        }
        return nil
    }

    /// The first directory of a TIFF header.
    private static func ofEXIF(_ tiff: ArraySlice<UInt8>) -> ImageOrientation {
        let isLittle = tiff.starts(with: [0x49, 0x49, 0x2A, 0])
        guard isLittle || tiff.starts(with: [0x4D, 0x4D, 0, 0x2A]) else { return .upright }
        func number(_ offset: Int, _ count: Int) -> Int? {
            guard offset >= 0, offset <= tiff.count - count else { return nil }
            let found = tiff[tiff.startIndex + offset..<tiff.startIndex + offset + count]
            return (isLittle ? Array(found.reversed()) : Array(found)).reduce(0) { $0 << 8 | Int($1) }
        }
        guard let directory = number(4, 4), let entries = number(directory, 2) else { return .upright }
        for entry in 0..<entries {
            let place = directory + 2 + 12 * entry
            guard let tag = number(place, 2) else { return .upright }
            // One number of 16 bits.
            guard tag == 0x0112 else { continue }
            guard number(place + 2, 2) == 3, let value = number(place + 8, 2) else { return .upright }
            return ImageOrientation(rawValue: value) ?? .upright
        }
        return .upright
    }
}
