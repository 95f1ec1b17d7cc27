public import Annotations
internal import Dispatch
internal import ImageIO
internal import Synchronization

/// Looks at every file of one split of a data set, on all cores.
public struct DatasetInspector: Sendable {
    /// How closely files are looked at.
    public enum Depth: Sendable {
        /// Their headers: sizes only.
        case headers
        /// Every pixel.
        case pixels
    }

    /// Opened with `DatasetOptions.leavesOutIncompletePairs`, so that its `problems` are found as well.
    public let dataset: any SegmentationDataset
    public let split: DatasetSplit
    /// nil where nothing is published.
    public let facts: PublishedFacts?
    /// Conditions that were opened; empty for the data set's own choice.
    public let conditions: [CaptureCondition]
    /// Whether it is read for something that cannot do without objects.
    public let needsObjects: Bool
    /// Whether something is learnt from an object, or it is scored.
    private let uses: @Sendable (AnnotatedObject) -> Bool

    public init(
        _ dataset: any SegmentationDataset, split: DatasetSplit, facts: PublishedFacts?,
        conditions: [CaptureCondition] = [], needsObjects: Bool = false,
        uses: @escaping @Sendable (AnnotatedObject) -> Bool = { $0.isTrainable }
    ) {
        self.dataset = dataset
        self.split = split
        self.facts = facts
        self.conditions = conditions
        self.needsObjects = needsObjects
        self.uses = uses
    }

    /// Checks all files.
    ///
    /// - Parameter progress: how many images are done; called from several threads, one at a time.
    public func inspect(
        _ depth: Depth = .pixels, progress: @Sendable (Int) -> Void = { _ in }
    ) -> DatasetInspection {
        let samples = dataset.samples
        let results = Mutex<(images: [ImageResult?], done: Int)>(
            (Array(repeating: nil, count: samples.count), 0))
        DispatchQueue.concurrentPerform(iterations: samples.count) { index in
            let result = look(at: index, depth)
            results.withLock { results in
                results.images[index] = result
                results.done += 1
                progress(results.done)
            }
        }
        let images = results.withLock { $0.images.compactMap { $0 } }
        let statistics = statistics(images)
        let damage =
            dataset.problems.map { Finding(.damage, $0.description) }
            + missingObjects() + images.flatMap(\.damage).map { Finding(.damage, $0) }
            + images.flatMap(\.findings)
        let counts = counts()
        let sizes = sizes(images)
        let objects = objects(images)
        let plain = images.indices.filter { images[$0].isPlain }
        let findings =
            damage + emptyLabels(statistics) + plainImages(plain, of: images.count) + countNotes(counts)
            + sizeNotes(sizes, images) + classNotes(statistics) + objectNotes(objects)
            + dataset.panopticRemarks.map { Finding(.note, $0) } + passedOverNotes()
        return DatasetInspection(
            counts: counts, sizes: sizes,
            findings: findings.filter { $0.severity == .damage } + findings.filter { $0.severity == .note },
            statistics: statistics, objects: objects)
    }

    private typealias Finding = DatasetInspection.Finding

    /// What one image came to.
    private struct ImageResult: Sendable {
        var damage: [String] = []
        var findings: [Finding] = []
        var height = 0
        var width = 0
        var pixelCounts: [Int: Int]?
        var objects: DatasetInspection.Objects?
        /// Whether several pixels have one colour.
        var isPlain = false
    }
}

// MARK: - One image

extension DatasetInspector {
    private func look(at index: Int, _ depth: Depth) -> ImageResult {
        switch depth {
        case .headers: headers(of: index)
        case .pixels: pixels(of: index)
        }
    }

    private func headers(of index: Int) -> ImageResult {
        let sample = dataset.samples[index]
        var result = ImageResult()
        do {
            let image = try ImageCodec.header(ofFile: sample.imagePath).asImage
            (result.height, result.width) = (image.height, image.width)
            guard let path = sample.labelPath else { return result }
            let label = try dataset.fileHeader(path, of: index)
            if label.isJPEG { result.damage.append("\(path): is a JPEG, which changes ids; write it as PNG") }
            compareSizes(sample, (label.height, label.width), "label", &result)
            guard let path = sample.instancePath, path != sample.labelPath else { return result }
            let objects = try dataset.fileHeader(path, of: index)
            compareSizes(sample, (objects.height, objects.width), "file of objects", &result)
        } catch {
            result.damage.append("\(error.message); restore the file")
        }
        return result
    }

    private func pixels(of index: Int) -> ImageResult {
        let sample = dataset.samples[index]
        var result = ImageResult()
        do {
            let image = try dataset.loadImage(index)
            (result.height, result.width) = (image.height, image.width)
            result.isPlain = image.isOfOneColor
        } catch {
            result.damage.append(error.description)
        }
        if sample.instancePath != nil { inspectObjects(index, &result) }
        // What the objects came with is not read again.
        guard sample.labelPath != nil, result.pixelCounts == nil else { return result }
        do {
            take(try dataset.loadLabels(index), sample, &result)
        } catch where !result.damage.contains(error.description) {
            result.damage.append(error.description)
        } catch {}
        return result
    }

    private func inspectObjects(_ index: Int, _ result: inout ImageResult) {
        do {
            let (annotation, remark) = try dataset.inspectedAnnotation(index)
            take(annotation.classes, dataset.samples[index], &result)
            var objects = DatasetInspection.Objects(classCount: dataset.labelSpace.classCount)
            objects.add(annotation.objects ?? [], uses)
            result.objects = objects
            if let remark { result.damage.append(remark) }
            if let finding = contradictions(annotation, index) { result.findings.append(finding) }
        } catch {
            result.damage.append(error.description)
        }
    }

    private func take(_ labels: LabelMap, _ sample: SegmentationSample, _ result: inout ImageResult) {
        result.pixelCounts = ClassStatistics.histogram(of: labels)
        compareSizes(sample, (labels.height, labels.width), "label", &result)
    }

    private func compareSizes(
        _ sample: SegmentationSample, _ size: (height: Int, width: Int), _ what: String, _ result: inout ImageResult
    ) {
        guard result.height > 0, (result.height, result.width) != size else { return }
        result.damage.append(
            "\(sample.imagePath): is \(result.width)x\(result.height), but its \(what) is "
                + "\(size.width)x\(size.height); remove the pair or restore its files"
                + ImageCodec.remark(onOrientationOf: sample.imagePath))
    }
}

// MARK: - All images

extension DatasetInspector {
    private func counts() -> [DatasetInspection.Count] {
        let wanted = conditions.isEmpty ? facts?.defaultConditions ?? [] : conditions
        guard !wanted.isEmpty else {
            return [.init(condition: nil, images: dataset.count, published: facts?.count(split))]
        }
        return CaptureCondition.allCases.filter(wanted.contains).map { condition in
            .init(
                condition: condition, images: dataset.samples.count { $0.condition == condition },
                published: facts?.count(split, conditions: [condition]))
        }
    }

    private func countNotes(_ counts: [DatasetInspection.Count]) -> [Finding] {
        counts.compactMap { count in
            guard let facts, let published = count.published, published != count.images else { return nil }
            let place = count.condition.map { "\(dataset.name), \($0.rawValue)" } ?? dataset.name
            let advice =
                count.images < published
                ? "unpack the archive again if it should be whole" : "look for files that do not belong to it"
            return Finding(
                .note, "\(place): \(count.images) images, \(facts.title) has \(published); \(advice)")
        }
    }

    private func sizes(_ images: [ImageResult]) -> [DatasetInspection.Size] {
        let known = images.filter { $0.height > 0 }
        let groups = Dictionary(grouping: known) { [$0.height, $0.width] }
        return groups.map { .init(height: $0[0], width: $0[1], images: $1.count) }
            .sorted { ($1.images, $0.height, $0.width) < ($0.images, $1.height, $1.width) }
    }

    private func sizeNotes(_ sizes: [DatasetInspection.Size], _ images: [ImageResult]) -> [Finding] {
        guard let facts, facts.isOneSize else { return [] }
        return sizes.filter { $0.height != facts.height || $0.width != facts.width }.map { size in
            let first = images.firstIndex { $0.height == size.height && $0.width == size.width } ?? 0
            return Finding(
                .note,
                "\(dataset.samples[first].imagePath): \(size.images) images are \(size.width)x\(size.height) like this "
                    + "one, those of \(facts.title) \(facts.width)x\(facts.height); use the published files to compare "
                    + "with published scores")
        }
    }

    private func objects(_ images: [ImageResult]) -> DatasetInspection.Objects? {
        let found = images.compactMap(\.objects)
        guard !found.isEmpty else { return nil }
        return found.reduce(into: .init(classCount: dataset.labelSpace.classCount)) { $0.add($1) }
    }

    private func statistics(_ images: [ImageResult]) -> ClassStatistics? {
        let counted = zip(dataset.samples, images).compactMap { sample, image in
            image.pixelCounts.map { ClassStatistics.Image(file: sample.labelPath ?? sample.name, pixelCounts: $0) }
        }
        return counted.isEmpty ? nil : ClassStatistics(labelSpace: dataset.labelSpace, images: counted)
    }
}
