public import Annotations
internal import FoundationEssentials
internal import ImageIO

/// Writes objects as the labels of images that had none, a data set in the layout of Cityscapes that any program can
/// read:
///
///     leftImg8bit/<split>/<folder>/<name>_leftImg8bit.png     link to the image, with its own ending
///     gtFine/<split>/<folder>/<name>_gtFine_instanceIds.png   16 bits: label id * 1000 + number, or unlabelled
///     gtFine/<split>/<folder>/<name>_gtFine_labelIds.png      8 bits: label id, or unlabelled
///
/// Pixels outside of the objects have the lowest id that the label space ignores (Cityscapes: 0).
public struct PseudoLabelFolder: Sendable {
    /// Where an image's files go.
    struct Place: Equatable {
        let folder: String
        let name: String
    }

    public let root: String
    public let split: DatasetSplit
    /// By train id of the objects; nil for a class that files do not know, or whose objects have no ids.
    private let labelIDs: [UInt16?]
    private let unlabelled: UInt8
    private let places: [String: Place]
    private let spaces: String

    /// - Parameters:
    ///   - images: paths of all images of the data set, which give each its place.
    ///   - labelSpace: of the objects.
    ///   - fileSpace: whose ids are written, for classes of the same name; nil for those of `labelSpace`.
    /// - Throws: `unsupportedOption` where the ids cannot stand in files of instance ids; `ambiguousFiles` where two
    ///   images would have one place; `notWritable` where the root lies among them.
    public init(
        root: String, split: DatasetSplit = .train, images: [String], labelSpace: LabelSpace,
        fileSpace: LabelSpace? = nil
    ) throws(DatasetError) {
        try OutputPlace.require(root, named: root, apartFrom: images)
        let files = fileSpace ?? labelSpace
        guard let unlabelled = files.ignoredIDs.filter({ (0..<256).contains($0) }).min() else {
            throw DatasetError(
                .unsupportedOption,
                "\(root): \(files.title) ignores no id below 256 that pixels without an object could have; add one to "
                    + "its key ignore")
        }
        self.root = root
        self.split = split
        self.unlabelled = UInt8(unlabelled)
        labelIDs = labelSpace.classes.map { entry in
            guard let known = files.classes.first(where: { $0.name == entry.name }), known.isThing,
                let id = known.ids.first, (1...Self.largestLabelID).contains(id)
            else { return nil }
            return UInt16(id)
        }
        spaces = files.title
        places = try Self.places(of: images)
    }

    /// `id * 1000 + 999` must fit 16 bits.
    private static let largestLabelID = 64

    /// Writes the files of one image, over those that are there.
    ///
    /// - Parameters:
    ///   - objects: with masks in the image that do not overlap; in the order of their numbers.
    ///   - path: one of the images of the data set.
    /// - Throws: `unsupportedOption` for an object that instance ids cannot hold, `notWritable`.
    public func write(
        _ objects: [AnnotatedObject], height: Int, width: Int, ofImage path: String
    ) throws(DatasetError) {
        guard let place = places[path] else {
            preconditionFailure("PseudoLabelFolder: \(path) is none of the images of the data set")
        }
        let (instances, labels) = try maps(objects, height: height, width: width, of: path)
        let stem = "gtFine/\(split.rawValue)/\(place.folder)/\(place.name)_gtFine"
        try writing("\(stem)_instanceIds.png") { try ImageCodec.writePNG(instances, to: $0) }
        try writing("\(stem)_labelIds.png") { try ImageCodec.writePNG(labels, to: $0) }
        // Last, so that an image with its link has its labels.
        try writing(link(to: path, at: place)) { link in
            if FileListing.exists(link) || FileListing.isDangling(link) {
                try FileManager.default.removeItem(atPath: link)
            }
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: FileListing.absolute(path))
        }
    }

    /// Whether the files of an image are there, whole.
    public func holds(_ path: String) -> Bool {
        places[path].map { FileListing.exists("\(root)/\(link(to: path, at: $0))") } ?? false
    }

    /// Below the root.
    private func link(to path: String, at place: Place) -> String {
        let ending = path.lastIndex(of: ".").map { String(path[$0...]) } ?? ""
        return "leftImg8bit/\(split.rawValue)/\(place.folder)/\(place.name)_leftImg8bit\(ending)"
    }

    private func maps(
        _ objects: [AnnotatedObject], height: Int, width: Int, of path: String
    ) throws(DatasetError) -> (instances: InstanceMap, labels: LabelMap) {
        var instances = InstanceMap(height: height, width: width, channels: 1, filledWith: UInt16(unlabelled))
        var labels = LabelMap(height: height, width: width, channels: 1, filledWith: unlabelled)
        var numbers: [UInt8: UInt16] = [:]
        for object in objects {
            guard let id = labelIDs.indices.contains(Int(object.trainID)) ? labelIDs[Int(object.trainID)] : nil else {
                throw DatasetError(
                    .unsupportedOption,
                    "\(path): an object has the class \(object.trainID), which is no countable class with an id from 1 "
                        + "to \(Self.largestLabelID) in \(spaces); write with a label space that has it")
            }
            let number = numbers[object.trainID, default: 0]
            guard number < 1000 else {
                throw DatasetError(
                    .unsupportedOption,
                    "\(path): has more than 1000 objects of the class \(object.trainID), and instance ids can count no more"
                        + "; raise the least area or score of pseudo-labels")
            }
            numbers[object.trainID] = number + 1
            object.mask.paint(id * 1000 + number, into: &instances)
            object.mask.paint(UInt8(id), into: &labels)
        }
        return (instances, labels)
    }

    private func writing(_ file: String, _ body: (String) throws -> Void) throws(DatasetError) {
        let path = "\(root)/\(file)"
        do {
            try FileManager.default.createDirectory(
                atPath: String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]),
                withIntermediateDirectories: true)
            try body(path)
        } catch {
            throw DatasetError(
                .notWritable, "\(path): cannot be written; check the folder, its permissions and the space left",
                cause: error)
        }
    }
}

// MARK: - Places

extension PseudoLabelFolder {
    /// What images of data sets have behind their name.
    private static let markers = ["_leftImg8bit", "_rgb_anon", "_rgb_ref_anon"]

    /// Of every path: the folders below the one that all have in common make the folder, and begin the name where they
    /// do not yet, as Cityscapes' cities do.
    private static func places(of images: [String]) throws(DatasetError) -> [String: Place] {
        let parts = images.map { $0.split(separator: "/").map(String.init) }
        let common = parts.dropFirst().reduce((parts.first ?? []).dropLast()) { common, path in
            common.prefix(zip(common, path.dropLast()).prefix { $0 == $1 }.count)
        }
        var places: [String: Place] = [:]
        var owners: [String: String] = [:]
        for (path, parts) in zip(images, parts) {
            let place = place(parts, below: common)
            if let other = owners.updateValue(path, forKey: "\(place.folder)/\(place.name)"), other != path {
                throw DatasetError(
                    .ambiguousFiles,
                    "\(path) and \(other): their pseudo-labels would have one name; rename one of them, or leave "
                        + "it out")
            }
            places[path] = place
        }
        return places
    }

    private static func place(_ path: [String], below common: ArraySlice<String>) -> Place {
        let file = path.last ?? ""
        let stem = ImageFileName.parts(of: file)?.stem ?? file
        let name = markers.first(where: stem.hasSuffix).map { String(stem.dropLast($0.count)) } ?? stem
        let folders = path.dropFirst(common.count).dropLast()
        guard !folders.isEmpty else { return Place(folder: common.last ?? "images", name: name) }
        let folder = folders.joined(separator: "_")
        return Place(folder: folder, name: name.hasPrefix(folder) ? name : "\(folder)_\(name)")
    }
}
