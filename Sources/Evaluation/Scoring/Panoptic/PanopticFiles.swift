internal import Datasets
internal import ImageIO

/// The segments of images in panoptic files: a JSON file and its folder of PNG files.
struct PanopticFiles {
    let document: PanopticDocument
    let folder: String
    /// Place of a class in the list that is scored, by category id.
    let places: [Int: Int]
    /// Whether areas that the JSON file states count, rather than those in the PNG.
    let statesAreas: Bool

    /// - Throws: `missingFolder`
    init(
        _ document: PanopticDocument, folder: String?, places: [Int: Int], statesAreas: Bool
    ) throws(EvaluationError) {
        self.document = document
        self.folder = folder ?? Self.folder(of: document.path)
        self.places = places
        self.statesAreas = statesAreas
        guard FileListing.isFolder(self.folder) else {
            let option = statesAreas ? "--label-folder" : "--prediction-folder"
            throw EvaluationError(
                .missingFolder,
                "\(self.folder): no such folder, where the PNG files of \(document.path) are expected; give it by \(option)")
        }
    }

    /// Named as the JSON file without its ending.
    private static func folder(of path: String) -> String {
        path.hasSuffix(".json") ? String(path.dropLast(".json".count)) : path + ".png"
    }

    /// - Throws: `unreadable`, `inconsistent`, `unknownLabel`.
    func segments(of image: PanopticDocument.Image) throws(EvaluationError) -> PanopticSegments {
        let path = "\(folder)/\(image.file)"
        let ids = try Self.ids(path)
        let areas = PanopticSegments.areas(of: ids)
        let known = Set(image.segments.map(\.id))
        if let foreign = areas.keys.filter({ $0 != PanopticSegments.void && !known.contains($0) }).min() {
            throw EvaluationError(
                .inconsistent,
                "\(path): has \(areas[foreign] ?? 0) pixels of the id \(foreign), which segments_info of the image "
                    + "\(image.id) in \(document.path) does not name; write PNG and JSON from one result (0 is void)")
        }
        let segments = try image.segments.map { segment throws(EvaluationError) in
            try self.segment(segment, of: image, area: areas[segment.id], path)
        }
        return PanopticSegments(ids: ids, segments: segments)
    }

    private func segment(
        _ segment: PanopticDocument.Segment, of image: PanopticDocument.Image, area: Int?, _ path: String
    ) throws(EvaluationError) -> PanopticSegments.Segment {
        let place = "\(document.path): segment \(segment.id) of the image \(image.id)"
        guard let area else {
            throw EvaluationError(
                .inconsistent,
                "\(place) has no pixel in \(path); leave it out of segments_info, or write its pixels")
        }
        guard let classIndex = places[segment.categoryID] else {
            throw EvaluationError(
                .unknownLabel,
                "\(place) has the category \(segment.categoryID), which the labels' `categories` do not have; write ids of "
                    + "their categories")
        }
        if statesAreas, let stated = segment.area, stated != area {
            throw EvaluationError(
                .inconsistent,
                "\(place) has the area \(stated), but \(area) pixels in \(path); restore the files, or correct the area")
        }
        return .init(id: segment.id, classIndex: classIndex, area: area, isCrowd: segment.isCrowd)
    }

    /// `R + 256 G + 65536 B` of a PNG of three channels.
    private static func ids(_ path: String) throws(EvaluationError) -> PixelImage<UInt32> {
        do {
            let header = try ImageCodec.header(ofFile: path)
            guard header.channels >= 3, header.bitDepth == 8, !header.isPalette, !header.isJPEG else {
                let kind = header.isJPEG ? "a JPEG" : header.isPalette
                    ? "a PNG with a palette" : "a PNG of \(header.channels) channel\(header.channels == 1 ? "" : "s") and "
                    + "\(header.bitDepth) bits"
                throw EvaluationError(
                    .unreadable,
                    "\(path): is \(kind); ids of segments need a PNG of three channels of 8 bits, id = R + 256 G + 65536 B")
            }
            let colors = try ImageCodec.readColors(path)
            let count = colors.height * colors.width
            let pixels = [UInt32](unsafeUninitializedCapacity: count) { ids, initialized in
                colors.pixels.withUnsafeBufferPointer { colors in
                    for index in 0..<count {
                        let (red, green, blue) = (colors[3 &* index], colors[3 &* index &+ 1], colors[3 &* index &+ 2])
                        ids.initializeElement(
                            at: index, to: UInt32(red) | UInt32(green) << 8 | UInt32(blue) << 16)
                    }
                }
                initialized = count
            }
            return PixelImage(height: colors.height, width: colors.width, channels: 1, pixels: pixels)
        } catch let error as EvaluationError {
            throw error
        } catch {
            throw EvaluationError(
                .unreadable, "\(path): cannot be read as a PNG of segment ids; write it again, or correct file_name",
                cause: error)
        }
    }
}
