internal import Datasets
internal import ImageIO

extension SubmissionChecker {
    /// What is wrong with segments in COCO's panoptic form.
    func panopticProblems() -> [String] {
        let name = SubmissionFormat.panopticName
        let (path, pngs) = ("\(folder)/\(name).json", "\(folder)/\(name)")
        let file: PanopticFile
        let names: [String]
        do throws(EvaluationError) {
            (file, names) = (try Self.panopticFile(path), try FileTree.names(in: pngs))
        } catch {
            return ["\(error)"]
        }
        let listed = Set(file.images.map(\.fileName))
        let foreign = names.filter { !listed.contains($0) }.map {
            "\(pngs)/\($0): is not listed in \(path); list its segments, or remove it"
        }
        let checked = Self.problems(ofFiles: file.images.count) { index in
            segmentProblems(of: file.images[index], in: file, "\(pngs)/\(file.images[index].fileName)")
        }
        return imageProblems(of: file) + foreign + checked
    }

    private static func panopticFile(_ path: String) throws(EvaluationError) -> PanopticFile {
        do {
            return try PanopticFile(path, requiresCategories: false)
        } catch {
            throw EvaluationError(.malformed, error.message, cause: error.cause)
        }
    }

    /// Every image once, under the name that the benchmark gives it.
    private func imageProblems(of file: PanopticFile) -> [String] {
        var problems = nameProblems(file.images.map(\.fileName), in: "\(file.path), file_name")
        var seen = Set<String>()
        for image in file.images {
            let expected = format.imageName(inFile: image.fileName)
            if let expected, image.id != expected {
                problems.append(
                    "\(file.path): \(image.fileName) is of the image_id \(image.id); the server calls the image "
                        + "\(expected)")
            }
            if !seen.insert(image.id).inserted {
                problems.append("\(file.path): the image \(image.id) has two annotations; keep one of the two")
            }
        }
        return problems
    }

    /// PNG and table of one image.
    private func segmentProblems(of image: PanopticFile.Image, in file: PanopticFile, _ path: String) -> [String] {
        let imagePath = format.imageName(inFile: image.fileName).flatMap { imagePaths?[$0] }
        let ids: PixelImage<UInt32>
        let size: (height: Int, width: Int)
        let allowed: Set<Int>
        do {
            ids = try PanopticImage.ids(path)
            size = try self.size(ofImage: imagePath)
            allowed = Set(try SubmissionFormat.labelSpace().fileIDs)
        } catch {
            return ["\(error); write the file again"]
        }
        guard (ids.height, ids.width) == size else {
            return [
                "\(path): is \(ids.width)x\(ids.height), its image \(size.width)x\(size.height); write predictions at "
                    + "the size of the images"
            ]
        }
        var areas = PanopticSegments.areas(of: ids)
        areas[PanopticSegments.void] = nil
        var problems: [String] = []
        for segment in file.segments(of: image) {
            let place = "\(file.path): segment \(segment.id) of \(image.fileName)"
            let area = areas.removeValue(forKey: segment.id)
            if let area, segment.area != area {
                let stated = segment.area.map { "the area \($0)" } ?? "no area"
                problems.append("\(place) has \(stated), but \(area) pixels; write the number of its pixels")
            } else if area == nil {
                problems.append("\(place) has no pixel; leave it out, and number segments from 1")
            }
            if !allowed.contains(segment.categoryID) {
                problems.append("\(place) has the category \(segment.categoryID); write label ids of the 19 classes of "
                    + "Cityscapes")
            }
        }
        return problems
            + areas.sorted { $0.key < $1.key }.map { id, area in
                "\(path): \(area) pixels have the id \(id), which \(file.path) does not list; list the segment, or "
                    + "write 0"
            }
    }
}
