/// Formats of pictures that are not read, told by their first bytes, so that an error can name them.
enum ForeignFormat {
    private static let signatures: [(name: String, place: Int, bytes: [UInt8])] = [
        ("WebP", 8, Array("WEBP".utf8)), ("GIF", 0, Array("GIF8".utf8)), ("TIFF", 0, [0x49, 0x49, 0x2A, 0x00]),
        ("TIFF", 0, [0x4D, 0x4D, 0x00, 0x2A]), ("BMP", 0, Array("BM".utf8)), ("HEIF or AVIF", 4, Array("ftyp".utf8)),
    ]

    /// - Throws: `unsupported` for a picture of such a format, whatever its name says.
    static func refuse(_ bytes: [UInt8], _ name: String) throws(ImageError) {
        guard let found = signatures.first(where: { bytes.dropFirst($0.place).starts(with: $0.bytes) }) else { return }
        throw ImageError(
            .unsupported, "\(name): is a \(found.name) file, whatever its name says; convert it to PNG or JPEG")
    }
}
