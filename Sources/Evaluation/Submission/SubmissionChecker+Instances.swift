internal import Datasets
internal import ImageIO

extension SubmissionChecker {
    /// What is wrong with a folder of text files and masks.
    func instanceProblems() throws(EvaluationError) -> [String] {
        let path = format.instancesFolder(in: folder)
        guard FileListing.isFolder(path) else { return ["\(path): no such folder; write the predictions there"] }
        let names = try FileTree.names(in: path)
        let texts = names.filter { $0.hasSuffix(".txt") }
        // What is no text file is looked at with the masks.
        var problems = nameProblems(texts, in: path)
        guard !texts.isEmpty else { return problems }
        let files = try CityscapesInstanceFiles(path)
        var masks = Set<String>()
        var lines: [(text: String, lines: [CityscapesInstanceFiles.Line])] = []
        for text in texts {
            do throws(EvaluationError) {
                lines.append((text, try files.lines(of: "\(path)/\(text)")))
            } catch {
                problems.append("\(error)")
            }
        }
        for line in lines.flatMap(\.lines) where !masks.insert(line.mask).inserted {
            problems.append("\(line.place): another line has the mask \(line.mask), too; give each instance a mask of "
                + "its own")
        }
        let read = lines.filter { isOfTestImage($0.text) }
        problems += Self.problems(ofFiles: read.count) { index in
            read[index].lines.flatMap { maskProblems(of: $0, text: read[index].text) }
        }
        return problems + (try strayProblems(in: path, masks))
    }

    private func maskProblems(of line: CityscapesInstanceFiles.Line, text: String) -> [String] {
        let image = format.imageName(inFile: text).flatMap { imagePaths?[$0] }
        do {
            let things = try countableIDs()
            var problems: [String] = []
            if !things.contains(line.labelID) {
                problems.append(
                    "\(line.place): the label id is \(line.labelID); write one of the classes with instances, "
                        + things.map(String.init).joined(separator: ", "))
            }
            if !line.score.isFinite {
                problems.append("\(line.place): the score is \(line.score); write a finite number")
            }
            let (mask, size) = (try CityscapesInstanceFiles.mask(line.mask), try size(ofImage: image))
            if (mask.height, mask.width) != size {
                problems.append(
                    "\(line.mask): is \(mask.width)x\(mask.height), its image \(size.width)x\(size.height); write "
                        + "masks at the size of the images")
            }
            if !mask.pixels.contains(where: { $0 != 0 }) {
                problems.append("\(line.mask): is black; leave out \(line.place)")
            }
            return problems
        } catch {
            return ["\(line.place): \(error)"]
        }
    }

    /// Label ids of objects: those of KITTI-360's labels are of more classes than cars and people.
    private func countableIDs() throws -> [Int] {
        if format.isFlat { return [11, 17, 19, 20] + Array(24...34) + Array(36...41) }
        let space = try SubmissionFormat.labelSpace()
        return space.thingTrainIDs.map { space.fileIDs[$0] }
    }

    /// Files that no line names.
    private func strayProblems(in path: String, _ masks: Set<String>) throws(EvaluationError) -> [String] {
        try FileTree(path) { !$0.hasSuffix(".txt") }.files.map { "\(path)/\($0)" }.filter { !masks.contains($0) }.map {
            "\($0): no text file names it; remove it, or add its line"
        }
    }
}
