internal import Datasets
internal import FoundationEssentials
internal import ImageIO

/// The segments of images in panoptic files: a JSON file and its folder of PNG files.
struct PanopticFiles {
    let file: PanopticFile
    let folder: String
    /// Paths of the PNG files by their names, where they lie in folders of the folder; nil where they lie in itself.
    private let deeperFiles: [String: String]?
    /// Whether areas that the JSON file states count, as those of labels do, rather than those in the PNG.
    private let statesAreas: Bool
    /// Place of a class in the list that is scored, by category id.
    var places: [Int: Int] = [:]

    /// - Parameter folder: of the PNG files; nil for the name of the JSON file without its ending.
    /// - Throws: `missingFolder`, `malformed`, `duplicateName`, `unknownLabel`, `emptyFolder` for a file without
    ///   images.
    init(_ path: String, folder: String?, areLabels: Bool) throws(EvaluationError) {
        try ScoredPath.refuseFolder(
            path, "a panoptic JSON",
            folders: "class maps are scored by `causeway score semantic`, a text file an image by `causeway score "
                + "instance --protocol cityscapes`")
        do {
            file = try PanopticFile(path, requiresCategories: areLabels)
        } catch {
            throw Self.failure(error)
        }
        self.folder = folder ?? PanopticFile.folder(of: path)
        let here = self.folder
        statesAreas = areLabels
        guard !file.images.isEmpty else {
            throw EvaluationError(
                .emptyFolder,
                "\(path): its list `annotations` is empty, so there is nothing to score; give the file of a whole data "
                    + "set")
        }
        var seen = Set<String>()
        if let twice = file.images.first(where: { !seen.insert($0.id).inserted }) {
            throw EvaluationError(
                .duplicateName, "\(path): the image \(twice.id) has two annotations; keep one of the two")
        }
        guard FileListing.isFolder(self.folder) else {
            let option = areLabels ? "--label-folder" : "--prediction-folder"
            throw EvaluationError(
                .missingFolder,
                "\(self.folder): no such folder, where the PNG files of \(path) are expected; give it by \(option)")
        }
        let liesDeeper = file.images.contains { !FileManager.default.fileExists(atPath: "\(here)/\($0.fileName)") }
        deeperFiles = liesDeeper ? try Self.files(below: here) : nil
    }

    private static func files(below folder: String) throws(EvaluationError) -> [String: String] {
        var files: [String: String] = [:]
        for file in try FileTree(folder, where: { $0.hasSuffix(".png") }).files {
            let name = file.split(separator: "/").last.map(String.init) ?? file
            guard files.updateValue("\(folder)/\(file)", forKey: name) == nil else {
                throw EvaluationError(
                    .duplicateName,
                    "\(folder)/\(file): another folder has a file of this name, too; keep one of the two")
            }
        }
        return files
    }

    private static func failure(_ error: DatasetError) -> EvaluationError {
        let code: EvaluationError.Code =
            switch error.code {
            case .missingFolder: .missingFolder
            case .unknownLabel: .unknownLabel
            case .ambiguousFiles: .duplicateName
            default: .malformed
            }
        return EvaluationError(code, error.message, cause: error.cause)
    }

    func path(of image: PanopticFile.Image) -> String {
        deeperFiles?[image.fileName] ?? "\(folder)/\(image.fileName)"
    }

    /// - Throws: `unreadable`, `inconsistent`, `unknownLabel`.
    func segments(of image: PanopticFile.Image) throws(EvaluationError) -> PanopticSegments {
        let path = path(of: image)
        let ids: PixelImage<UInt32>
        do {
            ids = try PanopticImage.ids(path)
        } catch {
            throw EvaluationError(.unreadable, error.message, cause: error.cause)
        }
        let areas = PanopticSegments.areas(of: ids)
        let segments = file.segments(of: image)
        let known = Set(segments.map(\.id))
        if let foreign = areas.keys.filter({ $0 != PanopticSegments.void && !known.contains($0) }).min() {
            throw EvaluationError(
                .inconsistent,
                "\(path): has \(areas[foreign] ?? 0) pixels of the id \(foreign), which segments_info of the image "
                    + "\(image.id) in \(file.path) does not name; write PNG and JSON from one result (0 is void)")
        }
        return PanopticSegments(
            ids: ids,
            segments: try segments.map { segment throws(EvaluationError) in
                try self.segment(segment, of: image, area: areas[segment.id])
            })
    }

    /// A segment of the JSON file as the PNG has it.
    private func segment(
        _ segment: PanopticFile.Segment, of image: PanopticFile.Image, area: Int?
    ) throws(EvaluationError) -> PanopticSegments.Segment {
        let place = "\(file.path): segment \(segment.id) of the image \(image.id)"
        guard let area else {
            throw EvaluationError(
                .inconsistent,
                "\(place) has no pixel in \(path(of: image)); leave it out of segments_info, or write its pixels")
        }
        guard let classIndex = places[segment.categoryID] else {
            throw EvaluationError(
                .unknownLabel,
                "\(place) has the category \(segment.categoryID), which the labels' `categories` do not have; write "
                    + "ids of their categories")
        }
        if let stated = segment.area, stated != area, statesAreas || stated <= 0 {
            throw EvaluationError(
                .inconsistent,
                "\(place) has the area \(stated), but \(area) pixels in \(path(of: image)); restore the files, or "
                    + "correct the area")
        }
        return .init(id: segment.id, classIndex: classIndex, area: area, isCrowd: segment.isCrowd)
    }
}
