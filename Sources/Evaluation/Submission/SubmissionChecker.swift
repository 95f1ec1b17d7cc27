internal import Annotations
public import Datasets
internal import Dispatch
internal import FoundationEssentials
internal import ImageIO
internal import Synchronization

/// Looks for what a benchmark's server would refuse: missing, double and foreign files, wrong sizes, bit depths and
/// values.
public struct SubmissionChecker: Sendable {
    public let format: SubmissionFormat
    public let folder: String
    /// The images that need a prediction; nil compares with what is published about the data set.
    public let images: [SegmentationSample]?
    public let split: DatasetSplit

    public init(
        _ format: SubmissionFormat, folder: String, images: [SegmentationSample]? = nil, split: DatasetSplit = .test
    ) {
        self.format = format
        self.folder = folder
        self.images = images
        self.split = split
    }

    /// Everything that is wrong, each with the file and the remedy; empty for a folder that can be handed in.
    ///
    /// - Throws: `missingFolder`, `unreadable` where a folder cannot be listed.
    public func problems() throws(EvaluationError) -> [String] {
        guard FileListing.isFolder(folder) else {
            throw EvaluationError(.missingFolder, "\(folder): no such folder; check the path")
        }
        let wanted = format.contents
        let kind = format.isOfObjects ? "contents" : "folders"
        // Where all files lie at the root, their names are looked at one by one.
        let foreign = format.isFlat ? [] : try FileTree.names(in: folder).filter { !wanted.contains($0) }
        var problems = foreign.map {
            "\(folder)/\($0): is no part of a submission; remove it (\(kind): \(wanted.joined(separator: ", ")))"
        }
        switch format {
        case .acdc, .darkZurich, .cityscapes, .kitti360: break
        case .cityscapesPanoptic: return problems + panopticProblems()
        case .cityscapesInstances, .kitti360Instances: return try problems + instanceProblems()
        }
        for part in format.folders {
            let path = format.isFlat ? folder : "\(folder)/\(part.name)"
            guard FileListing.isFolder(path) else {
                problems.append("\(path): no such folder; write the predictions there")
                continue
            }
            let names = try FileTree.names(in: path)
            problems += nameProblems(names, in: path)
            problems += fileProblems(names, in: path, part.content)
        }
        return problems
    }
}

extension SubmissionChecker {
    /// What keeps even a faultless folder from being a whole submission; nil where nothing does.
    public var note: String? {
        guard split == .test else {
            return "these are predictions of the split \(split.rawValue), a trial; the server takes those of test"
        }
        guard let images, let count = format.facts.count(split, conditions: format.facts.defaultConditions),
            images.count != count
        else { return nil }
        return "the data set at hand has \(images.count) of the \(count) published test images; the server takes all"
    }
}

// MARK: - Names

extension SubmissionChecker {
    func nameProblems(_ names: [String], in path: String) -> [String] {
        var problems: [String] = []
        var files: [String: String] = [:]
        for name in names {
            guard let image = format.imageName(inFile: name) else {
                problems.append("\(path)/\(name): has not the name of a test image; use \(example)")
                continue
            }
            if let other = files.updateValue(name, forKey: image) {
                problems.append("\(path)/\(name): \(other) is of the same image; keep one of the two")
            }
        }
        return problems + completenessProblems(files, in: path)
    }

    /// - Parameter files: file by image.
    private func completenessProblems(_ files: [String: String], in path: String) -> [String] {
        guard let images else {
            guard let count = format.facts.count(split, conditions: format.facts.defaultConditions),
                files.count != count
            else { return [] }
            return [
                "\(path): predictions of \(files.count) images, \(format.facts.title)'s split \(split.rawValue) has "
                    + "\(count); predict each of them"
            ]
        }
        let known = Set(images.map(\.name))
        var first: [String: String] = [:]
        let shared = images.compactMap { image in
            first.updateValue(image.imagePath, forKey: image.name).map { other in
                "\(image.imagePath) and \(other): share a name, so that one prediction stands for both; rename one"
            }
        }
        let missing = images.filter { files[$0.name] == nil }.map {
            "\(path): no prediction of \($0.imagePath); predict it"
        }
        let foreign = files.filter { !known.contains($0.key) }.values.sorted().map {
            "\(path)/\($0): is of no image of the split \(split.rawValue); remove it"
        }
        return shared + missing + foreign
    }

    private var example: String {
        switch format {
        case .acdc, .darkZurich: "GOPR0364_frame_000001_rgb_anon.png"
        case .cityscapes, .cityscapesPanoptic, .cityscapesInstances:
            "berlin_000000_000019_leftImg8bit\(format.fileEnding)"
        case .kitti360, .kitti360Instances: "0008_0000000002\(format.fileEnding)"
        }
    }
}

// MARK: - Files

extension SubmissionChecker {
    /// Files of other images are told by their names; what they hold does not matter.
    private func fileProblems(
        _ names: [String], in path: String, _ content: SubmissionFormat.Content
    ) -> [String] {
        let imagePaths = imagePaths
        let files = names.compactMap { name -> (file: String, image: String?)? in
            guard let image = format.imageName(inFile: name) else { return nil }
            guard let imagePaths else { return ("\(path)/\(name)", nil) }
            return imagePaths[image].map { ("\(path)/\(name)", $0) }
        }
        return Self.problems(ofFiles: files.count) { index in
            problem(ofFile: files[index].file, content, image: files[index].image).map { [$0] } ?? []
        }
    }

    /// The size that a prediction must have: its image's, or the published one where that is not known.
    func size(ofImage image: String?) throws(ImageError) -> (height: Int, width: Int) {
        guard let image else { return (format.facts.height, format.facts.width) }
        let header = try ImageCodec.header(ofFile: image).asImage
        return (header.height, header.width)
    }

    /// Whether a file is of an image that is to be predicted. What others hold does not matter: their names are wrong.
    func isOfTestImage(_ file: String) -> Bool {
        guard let name = format.imageName(inFile: file) else { return false }
        return imagePaths.map { $0[name] != nil } ?? true
    }

    /// Path of the image by its name; nil where the data set is not at hand.
    var imagePaths: [String: String]? {
        images.map { images in
            Dictionary(images.map { ($0.name, $0.imagePath) }, uniquingKeysWith: { first, _ in first })
        }
    }

    /// Looks at files with all cores; what is wrong with them, in their order.
    static func problems(ofFiles count: Int, _ problem: @Sendable (_ index: Int) -> [String]) -> [String] {
        let found = Mutex<[Int: [String]]>([:])
        DispatchQueue.concurrentPerform(iterations: count) { index in
            let problems = problem(index)
            if !problems.isEmpty { found.withLock { $0[index] = problems } }
        }
        return found.withLock { found in found.keys.sorted().flatMap { found[$0] ?? [] } }
    }

    /// - Parameter image: whose size the file must have; nil takes the published one.
    private func problem(ofFile file: String, _ content: SubmissionFormat.Content, image: String?) -> String? {
        do {
            let header = try ImageCodec.header(ofFile: file)
            let bits = content == .confidence ? 16 : 8
            guard header.channels == 1, header.bitDepth == bits, !header.isPalette else {
                let kind = header.isPalette ? "a palette" : "\(header.channels) channels of \(header.bitDepth) bits"
                return "\(file): has \(kind); write grey PNG of \(bits) bits"
            }
            let (height, width) = try size(ofImage: image)
            guard header.height == height, header.width == width else {
                return "\(file): is \(header.width)x\(header.height), its image \(width)x\(height); "
                    + "write predictions at the size of the images"
            }
            guard content != .confidence else {
                _ = try ImageCodec.readInstances(file)
                return nil
            }
            return try Self.valueProblem(of: try ImageCodec.readLabels(file), content, file)
        } catch {
            return "\(error); write the file again"
        }
    }

    private static func valueProblem(
        of labels: LabelMap, _ content: SubmissionFormat.Content, _ file: String
    ) throws(EvaluationError) -> String? {
        let isAllowed: [Bool]
        let allowed: String
        let space = try SubmissionFormat.labelSpace()
        let classes = space.classes.count
        switch content {
        case .trainIDs:
            isAllowed = (0..<256).map { $0 < classes }
            allowed = "train ids from 0 to \(classes - 1)"
        case .trainIDsOrInvalid:
            isAllowed = (0..<256).map { $0 < classes || $0 == Annotation.ignored }
            allowed = "train ids from 0 to \(classes - 1), and \(Annotation.ignored) where invalid"
        case .labelIDs:
            // The server's table has no other numbers, whatever label files hold.
            let largest = space.fileIDs.max() ?? 0
            isAllowed = (0..<256).map { $0 <= largest }
            allowed = "label ids of Cityscapes, from 0 to \(largest)"
        case .kittiIDs:
            isAllowed = (0..<256).map { $0 <= 44 }
            allowed = "label ids of KITTI-360, from 0 to 44"
        case .confidence: return nil
        }
        guard let wrong = labels.pixels.first(where: { !isAllowed[Int($0)] }) else { return nil }
        return "\(file): holds the value \(wrong); write \(allowed)"
    }
}
