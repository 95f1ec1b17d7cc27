internal import ImageIO

/// The folders that a layout with `*` names.
struct FolderPattern {
    let root: String
    let layout: FolderLayout
    let split: DatasetSplit

    /// Folders of images with those of their labels.
    struct Place {
        let folders: PairedFolders
    }

    /// - Parameter key: that names the folder.
    private static func remedy(_ key: String) -> String {
        let more =
            switch key {
            case "images": "images are looked for in all folders below"
            case "panoptic": "the PNG files lie in a folder named as the JSON, or in that of labels"
            default: "it has the same folders as images"
            }
        return "check the data set's keys root and \(key); \(more)"
    }

    /// One place for each way to fill the `*`, in the order of the paths.
    ///
    /// - Throws: `missingFolder`; `unsupportedOption` for other numbers of `*` in labels than in images.
    func places() throws(DatasetError) -> [Place] {
        let images = layout.path(layout.images, split)
        let labels = layout.path(layout.labelFolder, split)
        let instances = layout.instanceFolder.map { layout.path($0, split) }
        let stars = Self.stars(images)
        for other in [labels] + (instances.map { [$0] } ?? []) where Self.stars(other) != stars {
            throw DatasetError(
                .unsupportedOption,
                "\(root): images '\(images)' and '\(other)' have other numbers of *, each of which stands for the same "
                    + "folder in both")
        }
        let (image, label) = (FileSuffix(layout.imageSuffix), FileSuffix(layout.labelSuffix))
        guard
            images != labels || image.marker != label.marker
                || ![nil, ImageFileName.labelEnding].contains(image.ending)
        else {
            throw DatasetError(
                .unsupportedOption,
                "\(root): images and labels are both '\(images)' with names of one kind; give labels a folder of their "
                    + "own, or tell them apart by suffix.image and suffix.label")
        }
        guard stars > 0 else { return [place(images, labels, instances)] }
        let found = try fillings(of: images)
        guard !found.isEmpty else {
            throw DatasetError(.missingFolder, "\(root): no folder is called like \(images); \(Self.remedy("images"))")
        }
        return found.map { names in
            place(
                Self.filled(images, names), Self.filled(labels, names), instances.map { Self.filled($0, names) })
        }
    }

    private static func stars(_ path: String) -> Int { path.split(separator: "/").count { $0 == "*" } }

    private static func filled(_ path: String, _ names: [String]) -> String {
        var rest = names[...]
        return path.split(separator: "/").map { $0 == "*" ? rest.popFirst() ?? "" : String($0) }.joined(separator: "/")
    }

    /// Names for the `*` of a path, for which there are such folders.
    private func fillings(of path: String) throws(DatasetError) -> [[String]] {
        var found: [(path: String, names: [String])] = [(root, [])]
        for part in path.split(separator: "/") {
            var next: [(path: String, names: [String])] = []
            for (path, names) in found {
                guard part == "*" else {
                    if FileListing.isFolder("\(path)/\(part)") { next.append(("\(path)/\(part)", names)) }
                    continue
                }
                for name in try FileListing.names(in: path, remedy: Self.remedy("images"))
                where !ImageFileName.isHidden(name) && FileListing.isFolder("\(path)/\(name)") {
                    next.append(("\(path)/\(name)", names + [name]))
                }
            }
            found = next
        }
        return found.map(\.names)
    }

    private func place(_ images: String, _ labels: String, _ instances: String?) -> Place {
        let (image, label) = (FileSuffix(layout.imageSuffix), FileSuffix(layout.labelSuffix))
        let instance = FileSuffix(layout.instanceSuffix)
        var folders = PairedFolders(
            images: Self.joined(root, images), labels: Self.joined(root, labels), imageMarker: image.marker,
            labelMarkers: [label.marker], remedy: Self.remedy("images"))
        folders.labelRemedy = Self.remedy(layout.labels == nil && layout.panoptic != nil ? "panoptic" : "labels")
        folders.instanceRemedy = Self.remedy("instances")
        folders.labelsMayLieTogether = layout.panoptic != nil
        folders.imageEnding = image.ending
        if let instances {
            folders.instances = Self.joined(root, instances)
            folders.instanceMarker = instance.marker
        }
        // Files that lie among the images and are something else.
        folders.otherMarkers = [(labels, label.marker)].filter { $0.0 == images && !$0.1.isEmpty }.map(\.1)
        if let instances, instances == images, !instance.marker.isEmpty { folders.otherMarkers.append(instance.marker) }
        return Place(folders: folders)
    }

    private static func joined(_ root: String, _ path: String) -> String {
        let parts = path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        return parts.isEmpty ? root : "\(root)/\(parts)"
    }
}
