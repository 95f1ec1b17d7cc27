internal import Annotations
internal import Basics
internal import ImageIO

/// Reads objects of COCO's instances: what the categories of their JSON mean in a label space.
public struct COCOInstanceLabels: Sendable {
    let file: COCOInstancesFile
    /// Whether maps of classes are painted from the objects: nobody says what the other pixels are, and they are
    /// ignored.
    let paintsClasses: Bool
    private let categories: CategoryClasses

    /// - Parameter files: label space of the files, whose classes have the names of the categories.
    /// - Throws: `unknownLabel` for a category with objects that has no class.
    init(_ file: COCOInstancesFile, paintsClasses: Bool, _ files: LabelFiles) throws(DatasetError) {
        self.file = file
        self.paintsClasses = paintsClasses
        categories = try CategoryClasses(
            file.categories, counts: file.objectCounts, .names, files, file: file.path, what: "objects")
    }

    /// The objects of an image; those without a class, or of one that is not countable, are left out.
    ///
    /// - Parameter image: path of its file.
    /// - Throws: `missingLabel` for an image that the JSON does not list, `unreadable` for what is no mask.
    func objects(ofImage image: String) throws(DatasetError) -> ImageObjects {
        guard let place = file.place(ofImage: image) else { throw unlisted(image) }
        let listed = file.images[place]
        var objects: [AnnotatedObject] = []
        for entry in file.entries(ofImage: place) {
            guard let trainID = categories.thing(of: entry.categoryID) else { continue }
            let value = try file.value(at: entry.bytes)
            let mask: ColumnMask
            do {
                mask = try COCOSegmentation.mask(value, height: listed.height, width: listed.width)
            } catch {
                throw DatasetError(
                    .unreadable,
                    "\(file.path): the segmentation of the annotation \(entry.id), of \(listed.fileName), is no mask: \(error); "
                        + "mend or remove the annotation")
            }
            let object = AnnotatedObject(trainID: trainID, mask: mask.mask, isCrowd: entry.isCrowd)
            // Polygons may lie between the pixels or outside of the image.
            if !object.mask.isEmpty { objects.append(object) }
        }
        return ImageObjects(height: listed.height, width: listed.width, objects: objects)
    }

    /// Objects, and their classes where nothing else says them; of pixels of several the smallest object tells.
    func annotation(ofImage image: String) throws(DatasetError) -> Annotation {
        let found = try objects(ofImage: image)
        var classes = LabelMap(
            height: found.height, width: found.width, channels: 1, filledWith: LabelSpace.ignoreLabel)
        for object in found.objects.sorted(by: {
            ($0.isCrowd ? 0 : 1, $1.mask.area) < ($1.isCrowd ? 0 : 1, $0.mask.area)
        }) {
            object.mask.paint(object.trainID, into: &classes)
        }
        return Annotation(classes: classes, objects: found.objects)
    }

    /// The samples that the JSON lists, with their objects in it, and their classes where those are painted.
    ///
    /// - Parameter findings: takes `missingLabel` for the others; or it is thrown.
    func listed(
        _ samples: [SegmentationSample], findings: inout ListingFindings
    ) throws(DatasetError) -> [SegmentationSample] {
        var listed: [SegmentationSample] = []
        for sample in samples {
            guard file.place(ofImage: sample.imagePath) != nil else {
                try findings.add(unlisted(sample.imagePath))
                continue
            }
            listed.append(
                SegmentationSample(
                    name: sample.name, imagePath: sample.imagePath,
                    labelPath: paintsClasses ? file.path : sample.labelPath,
                    instancePath: file.path, condition: sample.condition))
        }
        return listed
    }

    private func unlisted(_ image: String) -> DatasetError {
        DatasetError(
            .missingLabel,
            "\(image): is not among the \(file.images.count) images that \(file.path) lists; give the JSON that belongs to "
                + "these images, or remove the image")
    }

    /// One sentence about listed images that are not read; nil where all are.
    func remark(reading samples: [SegmentationSample]) -> String? {
        let read = Set(samples.compactMap { file.place(ofImage: $0.imagePath) })
        let others = file.images.indices.filter { !read.contains($0) }
        guard let first = others.first else { return nil }
        return
            "\(file.path): lists \(others.count) images that are not read, such as \(file.images[first].fileName), which is "
            + "not there, or not in the list; unpack the archives again if they should be there"
    }

    /// Differs where a category means another class, and where the table is another one.
    var meaning: String { "instance categories \(categories.fingerprint(with: [file.digest, "\(paintsClasses)"]))" }
}

extension COCOInstanceLabels: ObjectReader {
    public func objects(of sample: SegmentationSample) throws(DatasetError) -> ImageObjects? {
        try objects(ofImage: sample.imagePath)
    }
}
