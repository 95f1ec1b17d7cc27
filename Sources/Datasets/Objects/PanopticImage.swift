public import Annotations
public import ImageIO

/// The segments of one panoptic PNG, held against those that its JSON lists.
public struct PanopticImage: Sendable {
    public let height: Int
    public let width: Int
    /// The pixels of each segment, in the order of the JSON.
    public let masks: [(segment: PanopticFile.Segment, mask: ObjectMask)]

    /// Reads the PNG of an annotated image.
    ///
    /// - Parameters:
    ///   - path: of the PNG.
    ///   - file: that lists its segments.
    /// - Throws: `missingLabel` where the file does not list it; `unreadable` for a file that is no PNG of three
    ///   channels; `sizeMismatch` where the file gives another size; `unknownLabel` for a number in the PNG that the
    ///   file does not list, or one that no pixel has.
    public init(_ path: String, of file: PanopticFile) throws(DatasetError) {
        guard let image = file.image(named: PanopticFile.name(of: path)) else { throw Self.unlisted(path, in: file) }
        let ids = try Self.ids(path)
        if let height = image.height, let width = image.width, (height, width) != (ids.height, ids.width) {
            throw DatasetError(
                .sizeMismatch,
                "\(path): is \(ids.width)x\(ids.height), but \(file.path) gives \(width)x\(height); restore the files")
        }
        (height, width) = (ids.height, ids.width)
        var found = ObjectMask.masks(in: ids)
        found[0] = nil
        var masks: [(segment: PanopticFile.Segment, mask: ObjectMask)] = []
        for segment in file.segments(of: image) {
            guard segment.id != 0 else {
                throw DatasetError(
                    .unknownLabel,
                    "\(path): \(file.path) gives it a segment 0, which is the number of pixels without a segment; number "
                        + "segments from 1")
            }
            guard let mask = found.removeValue(forKey: segment.id) else {
                throw DatasetError(
                    .unknownLabel,
                    "\(path): no pixel has the segment \(segment.id) that \(file.path) lists; restore the PNG, or remove "
                        + "the segment")
            }
            masks.append((segment, mask))
        }
        if let (id, mask) = found.min(by: { $0.key < $1.key }) {
            throw DatasetError(
                .unknownLabel,
                "\(path): \(mask.area) of \(height * width) pixels have the segment \(id), which \(file.path) does not "
                    + "list" + (found.count > 1 ? ", as \(found.count - 1) more" : "") + "; restore the JSON or the PNG"
            )
        }
        self.masks = masks
    }

    static func unlisted(_ path: String, in file: PanopticFile) -> DatasetError {
        DatasetError(
            .missingLabel,
            "\(path): is not among the \(file.images.count) images that \(file.path) annotates; give the JSON that belongs "
                + "to these files, or remove the PNG with its image")
    }

    /// The numbers in a panoptic PNG, `R + 256 G + 65536 B`.
    ///
    /// - Throws: `unreadable`, also for grey files and those of 16 bits, which hold no such numbers.
    public static func ids(_ path: String) throws(DatasetError) -> PixelImage<UInt32> {
        let colors: RGBImage
        do throws(ImageError) {
            let header = try ImageCodec.header(ofFile: path)
            guard header.isPalette || header.channels >= 3 && header.bitDepth == 8 else {
                throw ImageError(
                    .unsupported,
                    "\(path): has \(header.channels) channel(s) of \(header.bitDepth) bits; the numbers of segments stand "
                        + "in three of 8 bits, R + 256 G + 65536 B")
            }
            colors = try ImageCodec.readColors(path)
        } catch {
            throw DatasetError(.unreadable, "\(path): cannot be read as a panoptic PNG; restore it", cause: error)
        }
        return colors.numbers
    }

    /// Segments whose area in the JSON is not that in the PNG: a sign that one of them was changed.
    public var wrongAreas: [(segment: PanopticFile.Segment, pixels: Int)] {
        masks.compactMap { segment, mask in
            segment.area.flatMap { $0 == mask.area ? nil : (segment, mask.area) }
        }
    }
}
