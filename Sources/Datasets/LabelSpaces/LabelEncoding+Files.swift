package import ImageIO

/// The pixels of a label file, whatever they are.
package enum LabelFileContent: Sendable {
    /// Ids, or the indices of a palette.
    case ids(LabelMap)
    case wideIDs(PixelImage<UInt16>)
    case colors(RGBImage)

    /// Reads a PNG file.
    ///
    /// - Throws: also for 16-bit colours, which no label file has.
    package init(_ path: String, coding: LabelSpace.FileCoding = .automatic) throws(ImageError) {
        guard coding != .colors else {
            try Self.refuseWide(path)
            self = .colors(try ImageCodec.readColors(path))
            return
        }
        do throws(ImageError) {
            self = .ids(try ImageCodec.readLabels(path))
        } catch {
            // Most files are of 8 bits, so that is tried first.
            guard error.code == .unsupported else { throw error }
            let header = try ImageCodec.header(ofFile: path)
            switch (header.channels, header.bitDepth) {
            case (1, 16): self = .wideIDs(try ImageCodec.readInstances(path))
            // Grey as some editors save it, with transparency, which says nothing of classes.
            case (2, 8): self = .ids(try Self.grey(try ImageCodec.readColors(path), path))
            case (3..., 8):
                let colors = try ImageCodec.readColors(path)
                self = coding == .ids ? .ids(try Self.grey(colors, path)) : .colors(colors)
            default: throw error
            }
        }
    }

    /// Colours of 16 bits would lose half of each, and ids in them more than that.
    private static func refuseWide(_ path: String) throws(ImageError) {
        let header = try ImageCodec.header(ofFile: path)
        guard header.bitDepth > 8 else { return }
        let grey = header.channels < 3
        throw ImageError(
            .unsupported,
            "\(path): holds \(grey ? "grey" : "colours") of \(header.bitDepth) bits, but the label space says coding: colors, "
                + "which have 8; \(grey ? "set coding: ids, or convert the file" : "convert the file")")
    }

    /// A file of ids that was saved with three channels.
    private static func grey(_ image: RGBImage, _ path: String) throws(ImageError) -> LabelMap {
        guard let grey = image.grey else {
            throw ImageError(
                .unsupported,
                "\(path): holds colours, but the label space says coding: ids; set coding: automatic, or convert the "
                    + "file"
            )
        }
        return grey
    }
}

extension LabelEncoding {
    /// The train ids in a label file: ids of 8 or 16 bits, the indices of a palette, or colours.
    ///
    /// - Parameter reader: what for, or as what, as errors say it.
    /// - Throws: `unknownLabel`, and `unreadable` for a file that is none of these.
    package func trainIDs(inFile path: String, for reader: String) throws(DatasetError) -> LabelMap {
        try trainIDs(of: try content(ofFile: path, for: reader), file: path)
    }

    /// The pixels of a label file.
    ///
    /// - Parameter coding: nil for what its label space says of files.
    /// - Throws: `unreadable`.
    package func content(
        ofFile path: String, coding: LabelSpace.FileCoding? = nil, for reader: String
    ) throws(DatasetError) -> LabelFileContent {
        do {
            return try LabelFileContent(path, coding: coding ?? fileSpace.coding)
        } catch {
            throw DatasetError(.unreadable, "\(path): cannot be read \(reader); restore the file", cause: error)
        }
    }

    /// The train ids that the pixels of a label file mean.
    ///
    /// - Throws: `unknownLabel`.
    package func trainIDs(of content: LabelFileContent, file path: String) throws(DatasetError) -> LabelMap {
        switch content {
        case .ids(let labels): return try trainIDs(of: labels, file: path)
        case .wideIDs(let labels): return try trainIDs(of: labels, file: path)
        case .colors(let image): return try trainIDs(ofColors: image, file: path)
        }
    }
}
