internal import Basics
package import Collectives
internal import Configuration
package import DataLoading
internal import Datasets
internal import ImageIO
internal import Mixing
internal import SegmentationModels

/// The images of a run, as one rank sees them.
package struct TrainingData {
    package let reader: SampleReader
    /// Which images the run learns from, by the key of their domain: their number, and a hash of all names and sizes;
    /// and how labels are read. The same wherever the folders lie.
    let images: [(key: String, summary: String)]
    /// What strategies of mixing may ask.
    let mixing: MixingFacts
    private let configuration: RunConfiguration
    /// Among `images`.
    static let labelsKey = "data.source labels"
    private let matching: SampleLoader.Matching?

    /// Opens the data sets and joins the node's store. Collective over `world`.
    ///
    /// - Parameter globalBatch: images of each domain in a step, over all students.
    package init(_ configuration: RunConfiguration, globalBatch: Int, world: any ProcessGroup) throws {
        self.configuration = configuration
        let data = configuration.data
        data.prepareReading()
        let source = try Self.input(
            data.source, "data.source", readsLabels: true, configuration.labelSpace.space,
            readsObjects: configuration.learnsObjects
        ) { opened in
            guard !data.group.isEmpty else { return opened }
            try world.requireSame(Self.facts(data.source, opened, "data.source"))
            return try SourceGroup(configuration, of: opened, world: world).dataset
        }
        if configuration.learnsObjects, world.rank == 0 {
            try world.working { () throws(DatasetError) in
                try source.dataset.requireObjects(
                    where: configuration.learnedObjects, remedy: SourceLabels.objectRemedy)
            }
        }
        let target =
            try configuration.method.usesTarget
            ? data.target.map {
                try Self.input($0, "data.target", readsLabels: false, configuration.labelSpace.space)
            } : nil
        let files = try Self.files(data, source, target)
        for domain in files { try world.requireSame(domain.facts) }
        var labels = RankFacts()
        labels.append(meaningsOfLabelsIn: source.dataset, "data.source")
        try world.requireSame(labels)
        images =
            files.map { ($0.key, "\($0.count) images with hash \($0.facts.digest)") }
            + [(Self.labelsKey, "read with hash \(labels.digest)")]
        try Self.checkCrop(data.crop, source, "data.source")
        if let target {
            try Self.checkCrop(data.crop, target, "data.target")
            try Self.checkMargins(configuration.method.method.margins, target)
        }
        let counts =
            try configuration.method.method.countsObjects(in: configuration)
            ? SourceGroup.counts(configuration, source.dataset, world: world).pixelCounts : nil
        mixing = configuration.mixingFacts(objectCounts: counts)
        let shares = data.source.domainShares(of: source.dataset)
        let sampler = try Self.rareClassSampler(data, source.dataset, shares, world: world)
        if let sampler { try world.requireSame(sampler.facts) }
        let plan = SamplePlan(
            seed: configuration.seed, globalBatch: globalBatch, sourceCount: source.dataset.count,
            targetCount: target?.dataset.count ?? 0, flipProbability: data.flipProbability, rareClassSampler: sampler,
            sourceShares: shares, targetShares: target.flatMap { data.target?.domainShares(of: $0.dataset) },
            pairing: configuration.method.method.pairing)
        let cropPlan = CropPlan(
            seed: configuration.seed, height: data.crop.height, width: data.crop.width,
            maxClassShare: data.maxClassShare, minRareClassPixels: sampler?.minCropPixels ?? 0)
        let store = try SharedSampleStore(
            source: source, target: target, budgetBytes: data.storeMegabytes << 20, node: try Self.node(of: world))
        if let notice = store.notice { StandardError.write("note: \(notice)\n") }
        matching = configuration.method.method.matching
        reader = SampleReader(
            source: source, target: target, plan: plan, cropPlan: cropPlan,
            margins: configuration.method.method.margins,
            store: store, onBadSample: data.onBadSample == .skip ? .skip : .stop,
            keepsCutOffObjects: configuration.model.objects?.config.learnsEmptyObjects == true)
    }

    /// A loader of some slots of the global batch.
    func loader(slots: Range<Int>, domains: Set<SampleDomain>, firstStep: Int) throws -> SampleLoader {
        let config = SampleLoader.Config(
            slots: Array(slots), domains: domains, threads: configuration.data.prefetchThreads,
            depth: configuration.data.prefetchDepth)
        return try SampleLoader(reader: reader, config: config, matching: matching, firstStep: firstStep)
    }

    /// What the ranks compare of the images that they see, before one of them waits for another.
    private static func files(
        _ data: DataConfiguration, _ source: SampleReader.Input, _ target: SampleReader.Input?
    ) throws(ConfigurationError) -> [(key: String, count: Int, facts: RankFacts)] {
        var files: [(key: String, count: Int, facts: RankFacts)] = []
        let domains: [(String, DatasetConfiguration?, SampleReader.Input?)] = [
            ("data.source", data.source, source), ("data.target", data.target, target),
        ]
        for (key, section, input) in domains {
            guard let section, let input else { continue }
            files.append((key, input.dataset.count, try facts(section, input.dataset, key)))
        }
        return files
    }

    private static func facts(
        _ section: DatasetConfiguration, _ dataset: any SegmentationDataset, _ key: String
    ) throws(ConfigurationError) -> RankFacts {
        var facts = RankFacts()
        facts.append(filesOf: dataset, in: try section.expandedRoots(keyPath: key), key)
        return facts
    }

    private static func input(
        _ dataset: DatasetConfiguration, _ keyPath: String, readsLabels: Bool, _ labelSpace: LabelSpace,
        readsObjects: Bool = false, chosen: (any SegmentationDataset) throws -> any SegmentationDataset = { $0 }
    ) throws -> SampleReader.Input {
        let whole = try dataset.open(keyPath: keyPath, readsLabels: readsLabels, labelSpace: labelSpace)
        if readsObjects, let error = whole.lacksObjects { throw error }
        let opened = try chosen(whole)
        let parts = (opened as? CombinedDataset)?.parts ?? []
        return SampleReader.Input(
            opened, resize: dataset.resizeRule, reducesJPEG: dataset.jpegReduction, augmentation: dataset.augmentation,
            readsObjects: readsObjects,
            parts: zip(parts, dataset.parts).map { part, section in
                .init(
                    count: part.count, resize: section.resizeRule, reducesJPEG: section.jpegReduction,
                    augmentation: section.augmentation)
            })
    }

    /// Sizes of files are known only now; the first image speaks for its data set, or its part.
    private static func checkCrop(
        _ crop: ImageSizeConfiguration, _ input: SampleReader.Input, _ keyPath: String
    ) throws {
        let dataset = input.dataset
        let parts = (dataset as? CombinedDataset)?.parts ?? [dataset]
        var index = 0
        for part in parts {
            defer { index += part.count }
            guard let first = part.samples.first else { continue }
            try checkCrop(crop, input.resize(of: index), input.augmentation(of: index), first.imagePath, keyPath)
        }
    }

    private static func checkCrop(
        _ crop: ImageSizeConfiguration, _ rule: ResizeRule, _ augmentation: SampleAugmentation, _ path: String,
        _ keyPath: String
    ) throws {
        // What fits into a padded box may be smaller than a crop, and is padded.
        guard rule.paddedSize == nil else { return }
        let header = try ImageCodec.header(ofFile: path).asImage
        let size = rule.size(height: header.height, width: header.width)
        for edge in augmentation.shortestEdges {
            let size = augmentation.size(height: size.height, width: size.width, shortestEdge: edge)
            guard crop.height > size.height || crop.width > size.width else { continue }
            throw ConfigurationError(
                .impossibleCombination, keyPath: "\(keyPath).augmentation.shortestEdges",
                "images of \(header.height)x\(header.width), such as \(path), become \(size.height)x\(size.width) with the "
                    + "edge \(edge), and data.crop of \(crop) is larger, so that crops of source and target would differ in "
                    + "what they show; remove the edge, raise longestEdge, or use a smaller crop")
        }
        guard !augmentation.resizes && (crop.height > size.height || crop.width > size.width) else { return }
        throw ConfigurationError(
            .impossibleCombination, keyPath: "data.crop",
            "a crop of \(crop) is larger than the images of \(keyPath), \(size.height)x\(size.width) after resizing; "
                + "use a smaller crop or a larger \(keyPath).resize")
    }

    /// Margins of the file must leave some of it; the first image speaks for its data set.
    private static func checkMargins(_ margins: IgnoredMargins, _ target: SampleReader.Input) throws {
        guard case .image(let margins) = margins,
            let first = target.dataset.samples.first
        else { return }
        let header = try ImageCodec.header(ofFile: first.imagePath).asImage
        guard margins.top + margins.bottom >= header.height || margins.left + margins.right >= header.width else {
            return
        }
        throw ConfigurationError(
            .impossibleCombination, keyPath: "method.margins",
            "margins of \(margins.top) + \(margins.bottom) rows and \(margins.left) + \(margins.right) columns leave "
                + "nothing of images of "
                + "\(header.width)x\(header.height), such as \(first.imagePath); use smaller margins")
    }

    /// One rank has the classes counted, or finds them counted, and tells the others.
    ///
    /// - Throws: `noLabelledPixel` where there is nothing to learn.
    private static func rareClassSampler(
        _ data: DataConfiguration, _ source: any SegmentationDataset, _ shares: DomainShares?, world: any ProcessGroup
    ) throws -> RareClassSampler? {
        guard let settings = data.rareClassSampling else {
            if world.rank == 0 { try checkLabels(data, source) }
            return nil
        }
        var counts: ClassStatistics?
        if world.rank == 0 {
            let answer = try world.working {
                try data.source.statistics(
                    of: source, keyPath: "data.source", skipsUnreadable: data.onBadSample == .skip)
            }
            for notice in answer.notices { StandardError.write("warning: \(notice)\n") }
            try SourceLabels(source, answer.statistics).report()
            counts = answer.statistics
        }
        let statistics = try ClassStatistics.shared(counts, of: source, over: world)
        return try RareClassSampler(statistics, config: settings, shares: shares)
    }

    /// Without need of class counts: those that are kept are looked at, and else some labels.
    private static func checkLabels(_ data: DataConfiguration, _ source: any SegmentationDataset) throws {
        if let kept = try data.source.keptStatistics(of: source, keyPath: "data.source") {
            try SourceLabels(source, kept).report()
        } else {
            try source.requireLabelledPixels(remedy: SourceLabels.remedy)
        }
    }

    private static func node(of world: any ProcessGroup) throws(CollectiveError) -> NodeGroup {
        let node = try world.nodeGroup()
        return NodeGroup(
            rank: node.rank, size: node.size,
            broadcast: { String(decoding: try node.broadcastBytes(Array($0.utf8), from: 0), as: UTF8.self) },
            barrier: { try node.barrier() })
    }
}

extension RareClassSampler {
    /// What the ranks compare: each may have read the counts from a file of its own.
    fileprivate var facts: RankFacts {
        var facts = RankFacts()
        for (trainID, probability) in probabilities.enumerated() {
            facts.append("rare-class sampling, probability of train id \(trainID)", "\(probability)")
            facts.append("rare-class sampling, images of train id \(trainID)", "\(images(ofTrainID: trainID))")
        }
        return facts
    }
}
