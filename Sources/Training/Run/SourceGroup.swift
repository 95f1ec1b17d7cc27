internal import Basics
internal import Collectives
internal import Configuration
internal import Datasets

/// The part of the source that a model of a group of classes learns: `data.group`.
struct SourceGroup {
    /// Images with an object of the group, with its objects alone.
    let dataset: any SegmentationDataset
    /// Objects of each class in all of the source, by train id.
    let objectCounts: [Int]

    private static let keyPath = "data.group"

    /// Counts the objects of the source, or finds them counted. Collective over `world`.
    ///
    /// - Parameter source: opened with labels.
    /// - Throws: where no image, or none of a part, has an object of the group.
    init(_ configuration: RunConfiguration, of source: any SegmentationDataset, world: any ProcessGroup) throws {
        let counts = try Self.counts(configuration, source, world: world)
        let trainIDs = try configuration.groupTrainIDs
        let names = trainIDs.map { source.labelSpace.classes[$0].name }
        let parts = (source as? CombinedDataset)?.parts ?? [source]
        var grouped: [any SegmentationDataset] = []
        var start = 0
        for part in parts {
            let images = part.samples.indices.filter { index in
                trainIDs.contains { counts.images[start + index].pixelCounts[$0, default: 0] > 0 }
            }
            start += part.count
            guard !images.isEmpty else {
                throw ConfigurationError(
                    .impossibleCombination, keyPath: Self.keyPath,
                    "none of the \(part.count) images of \(part.name) has an object of \(names.joined(separator: ", ")); give "
                        + "other classes"
                        + (parts.count > 1 ? ", or take this part out of data.source" : ", or [] to learn those of all")
                )
            }
            grouped.append(GroupedDataset(part, trainIDs: trainIDs, images: images))
        }
        dataset = grouped.count == 1 ? grouped[0] : CombinedDataset(grouped)
        objectCounts = counts.pixelCounts
        guard world.rank == 0 else { return }
        let absent = zip(trainIDs, names).filter { objectCounts[$0.0] == 0 }.map(\.1)
        let learnt =
            "note: \(dataset.count) of \(source.count) images of \(source.name) have an object of \(Self.keyPath), "
            + "and are learnt from"
        StandardError.write(
            learnt + (absent.isEmpty ? "" : "; none has one of \(absent.joined(separator: ", "))") + "\n")
    }

    /// Rank zero counts and tells the others.
    static func counts(
        _ configuration: RunConfiguration, _ source: any SegmentationDataset, world: any ProcessGroup
    ) throws -> ClassStatistics {
        var counts: ClassStatistics?
        if world.rank == 0 {
            let data = configuration.data
            let answer = try world.working {
                try data.source.statistics(
                    of: source, counting: .objects, keyPath: "data.source", skipsUnreadable: data.onBadSample == .skip)
            }
            for notice in answer.notices { StandardError.write("warning: \(notice)\n") }
            counts = answer.statistics
        }
        return try ClassStatistics.shared(counts, of: source, over: world)
    }
}

extension RunConfiguration {
    /// Train ids of the classes whose objects are learnt, ascending: those of `data.group`, or all that are countable.
    package var groupTrainIDs: [Int] {
        get throws(ConfigurationError) {
            let space = labelSpace.space
            guard !data.group.isEmpty else { return space.thingTrainIDs }
            return try data.group.trainIDs(of: space.classNames, keyPath: "data.group").sorted()
        }
    }

    /// Refuses classes that are none, cannot be counted, or stand twice, and groups that nobody learns.
    func validateGroup() throws(ConfigurationError) {
        guard !data.group.isEmpty else { return }
        let (keyPath, space) = ("data.group", labelSpace.space)
        let trainIDs = try groupTrainIDs
        if let wrong = trainIDs.first(where: { !space.thingTrainIDs.contains($0) }) {
            throw .impossible(
                keyPath,
                "objects of '\(space.classNames[wrong])' cannot be counted in the label space '\(space.name)'; the classes that "
                    + "can are \(space.thingTrainIDs.map { space.classNames[$0] }.joined(separator: ", "))")
        }
        if let twice = zip(trainIDs, trainIDs.dropFirst()).first(where: ==) {
            throw .impossible(keyPath, "'\(space.classNames[twice.0])' stands twice; name each class once")
        }
        guard learnsObjects else {
            throw .impossible(
                keyPath, "nobody learns objects: the network finds none; give model.objects, or use data.group=[]")
        }
    }
}
