internal import Annotations
internal import ImageIO

extension DatasetInspection {
    /// The objects of a data set.
    public struct Objects: Sendable, Equatable {
        /// Single objects by train id.
        public internal(set) var byClass: [Int]
        /// Groups that nobody told apart.
        public internal(set) var crowds = 0
        /// Single objects that nothing is learnt from: for a detector of boxes those of one row or column.
        public internal(set) var unused = 0
        /// Images with a file of objects, and those among them without an object that something is learnt from.
        public internal(set) var images = 0
        public internal(set) var imagesWithout = 0
        /// Of the image that has most.
        public internal(set) var most = 0

        package init(classCount: Int) { byClass = [Int](repeating: 0, count: classCount) }

        public var count: Int { byClass.reduce(0, +) }

        mutating func add(_ objects: [AnnotatedObject], _ uses: (AnnotatedObject) -> Bool) {
            let single = objects.filter { !$0.isCrowd }
            for object in single { byClass[Int(object.trainID)] += 1 }
            let used = single.count(where: uses)
            crowds += objects.count - single.count
            unused += single.count - used
            images += 1
            imagesWithout += used == 0 ? 1 : 0
            most = max(most, single.count)
        }

        mutating func add(_ other: Objects) {
            for (trainID, count) in other.byClass.enumerated() { byClass[trainID] += count }
            crowds += other.crowds
            unused += other.unused
            images += other.images
            imagesWithout += other.imagesWithout
            most = max(most, other.most)
        }
    }
}

extension DatasetInspection.Objects {
    /// What a set without a single object of use has instead.
    var lack: String {
        let rest = [(unused, "that nothing is learnt from"), (crowds, "that are groups")].filter { $0.0 > 0 }
        return "no image has an object that can be used"
            + (rest.isEmpty ? "" : ", only " + rest.map { "\($0.0) \($0.1)" }.joined(separator: " and "))
    }
}

extension DatasetInspector {
    /// Objects where another class stands in the map of classes: one finding an image.
    func contradictions(_ annotation: Annotation, _ index: Int) -> DatasetInspection.Finding? {
        // Painted classes are those of the objects, of which one may lie on another.
        guard !dataset.paintsClasses(index) else { return nil }
        var worst: (object: AnnotatedObject, wrong: Int)?
        var count = 0
        for object in annotation.objects ?? [] {
            let wrong = object.mask.area - object.mask.count(of: object.trainID, in: annotation.classes)
            guard wrong > 0 else { continue }
            count += 1
            if wrong * (worst?.object.mask.area ?? 0) >= (worst?.wrong ?? 0) * object.mask.area {
                worst = (object, wrong)
            }
        }
        guard let (object, wrong) = worst else { return nil }
        let sample = dataset.samples[index]
        let more = count > 1 ? "; so have \(count - 1) more of its objects" : ""
        let name = dataset.labelSpace.classNames[Int(object.trainID)]
        return .init(
            2 * wrong > object.mask.area ? .damage : .note,
            "\(sample.instancePath ?? sample.imagePath): \(wrong) of \(object.mask.area) pixels of the \(name) from column "
                + "\(object.box.left), row \(object.box.top) have another class in \(sample.labelPath ?? "its label")\(more); "
                + "restore the files, which should be of one image")
    }

    /// What is needed and is not there.
    func missingObjects() -> [DatasetInspection.Finding] {
        guard needsObjects, let error = dataset.lacksObjects else { return [] }
        return [.init(.damage, error.description)]
    }

    /// A set of objects from which nothing can be learnt.
    func objectNotes(_ objects: DatasetInspection.Objects?) -> [DatasetInspection.Finding] {
        guard let objects, objects.images > 0, objects.imagesWithout == objects.images else { return [] }
        return [
            .init(
                needsObjects ? .damage : .note,
                "\(dataset.name): \(objects.lack); \(Self.remedy)")
        ]
    }
}

// MARK: - Tables

extension SegmentationDataset {
    /// Whether the class map of an image is made of its objects.
    func paintsClasses(_ index: Int) -> Bool {
        if let combined = self as? CombinedDataset {
            let place = combined.place(of: index)
            return combined.parts[place.part].paintsClasses(place.index)
        }
        return (self as? any FileDataset)?.instanceTable?.paintsClasses == true
    }

    /// What a file about a sample says of its size; where it is the table of many images, what that says.
    func fileHeader(_ path: String, of index: Int) throws(ImageError) -> (height: Int, width: Int, isJPEG: Bool) {
        if let combined = self as? CombinedDataset {
            let place = combined.place(of: index)
            return try combined.parts[place.part].fileHeader(path, of: place.index)
        }
        if let file = (self as? any FileDataset)?.instanceTable?.file, file.path == path,
            let place = file.place(ofImage: samples[index].imagePath)
        {
            return (file.images[place].height, file.images[place].width, false)
        }
        let header = try ImageCodec.header(ofFile: path)
        return (header.height, header.width, header.isJPEG)
    }

    /// As `loadAnnotation`, with what is not as the table of a panoptic PNG says.
    func inspectedAnnotation(_ index: Int) throws(DatasetError) -> (annotation: Annotation, remark: String?) {
        if let combined = self as? CombinedDataset {
            let place = combined.place(of: index)
            return try combined.parts[place.part].inspectedAnnotation(place.index)
        }
        guard let panoptic = (self as? any FileDataset)?.panoptic, let path = samples[index].labelPath else {
            return (try loadAnnotation(index), nil)
        }
        let image = try PanopticImage(path, of: panoptic.file)
        return (panoptic.annotation(of: image), image.remark(path, panoptic.file.path))
    }

    /// What the tables of its panoptic PNGs list and is not there.
    var panopticRemarks: [String] {
        if let combined = self as? CombinedDataset { return combined.parts.flatMap(\.panopticRemarks) }
        if let table = (self as? any FileDataset)?.instanceTable {
            return table.remark(reading: samples).map { [$0] } ?? []
        }
        guard let file = (self as? any FileDataset)?.panoptic?.file else { return [] }
        let names = Set(samples.compactMap { $0.labelPath?.split(separator: "/").last.map(String.init) })
        let others = file.images.filter { !names.contains($0.fileName) }
        guard let first = others.first else { return [] }
        return [
            "\(file.path): lists \(others.count) images that are not read, such as \(first.fileName), which has no PNG or no "
                + "image, or is not in the list; unpack the archives again if they should be there"
        ]
    }
}

extension PanopticImage {
    /// One sentence about areas that differ; nil where none does.
    fileprivate func remark(_ path: String, _ json: String) -> String? {
        let wrong = wrongAreas
        guard let first = wrong.first else { return nil }
        return "\(path): the segment \(first.segment.id) has \(first.pixels) pixels, but \(json) gives it "
            + "\(first.segment.area ?? 0)" + (wrong.count > 1 ? ", and so for \(wrong.count - 1) more" : "")
            + "; one of the files was changed: restore them"
    }
}
