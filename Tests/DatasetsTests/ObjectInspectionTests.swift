import Annotations
import Datasets
import Testing
import _TestSupport

/// What `check-data` says of objects.
@Suite struct ObjectInspectionTests {
    private func inspect(
        _ labels: [UInt8], _ instances: [UInt16]?, needsObjects: Bool = false,
        uses: @escaping @Sendable (AnnotatedObject) -> Bool = { $0.isTrainable }
    ) throws -> DatasetInspection {
        let folder = try TemporaryFolder()
        try folder.image("leftImg8bit/train/ulm/a_leftImg8bit.png", height: 1, width: labels.count)
        try folder.labels("gtFine/train/ulm/a_gtFine_labelIds.png", labels)
        if let instances { try folder.instances("gtFine/train/ulm/a_gtFine_instanceIds.png", instances) }
        let dataset = try CityscapesDataset(
            root: folder.path, split: .train, options: .init(leavesOutIncompletePairs: true))
        return withExtendedLifetime(folder) {
            DatasetInspector(dataset, split: .train, facts: nil, needsObjects: needsObjects, uses: uses).inspect()
        }
    }

    @Test func objectsAreCounted() throws {
        let found = try inspect([7, 26, 26, 24, 33], [7, 26_000, 26_001, 24, 33_000])
        let objects = try #require(found.objects)
        #expect(objects.byClass[13] == 2 && objects.byClass[18] == 1 && objects.count == 3)
        #expect(objects.crowds == 1 && objects.unused == 3 && objects.images == 1 && objects.imagesWithout == 1)
        #expect(objects.most == 3)
        #expect(found.damageCount == 0)
    }

    /// Mostly of another class is damage, an edge is not.
    @Test func objectsThatLabelsContradictAreNamed() throws {
        let edge = try inspect([7, 26, 26, 26], [26_000, 26_000, 26_000, 26_000])
        #expect(edge.damageCount == 0)
        #expect(
            edge.findings.contains { $0.message.contains("1 of 4 pixels of the car from column 0, row 0 have another") }
        )
        let other = try inspect([7, 7, 7, 26], [26_000, 26_000, 26_000, 26_000])
        #expect(other.damageCount == 1)
    }

    @Test func damagedMapsAreNamedOnceAndClassesAreStillCounted() throws {
        let found = try inspect([7, 26], [7, 60_001])
        #expect(found.damageCount == 1 && found.statistics?.pixelCounts[13] == 1)
        #expect(found.findings[0].message.contains("the instance 60001"))
        let size = try inspect([7, 26], [7, 26_001, 26_001])
        #expect(size.damageCount == 1 && size.findings[0].message.contains("is 3x1, but its label is 2x1"))
    }

    @Test func whatIsNeededAndMissingIsDamage() throws {
        #expect(try inspect([7, 26], nil).damageCount == 0)
        let found = try inspect([7, 26], nil, needsObjects: true)
        #expect(found.findings.first?.message.contains("none of its 1 images has a file of objects") == true)
        // Only groups: nothing to learn objects from.
        let crowds = try inspect([24, 24], [24, 24], needsObjects: true)
        #expect(crowds.damageCount == 1)
        #expect(crowds.findings[0].message.contains("no image has an object that can be used, only 1 that are groups"))
    }

    /// What Mask2Former learns from is not what a detector of boxes does.
    @Test func objectsOfOneRowAreOfUseWhereTheyAreLearnt() throws {
        let boxes = try inspect([7, 26, 26], [7, 26_000, 26_000], needsObjects: true)
        #expect(boxes.damageCount == 1 && boxes.objects?.unused == 1)
        #expect(boxes.findings[0].message.contains("only 1 that nothing is learnt from"))
        let masks = try inspect([7, 26, 26], [7, 26_000, 26_000], needsObjects: true) { !$0.isCrowd }
        #expect(masks.damageCount == 0 && masks.objects?.unused == 0 && masks.objects?.imagesWithout == 0)
    }
}

/// What training asks of a source before its first step.
@Suite struct UsableObjectsTests {
    private func dataset(_ folder: TemporaryFolder, _ maps: [[UInt16]]) throws -> CityscapesDataset {
        for (place, map) in maps.enumerated() {
            try folder.image("leftImg8bit/train/ulm/\(place)_leftImg8bit.png", height: 1, width: map.count)
            let classes = map.map { UInt8($0 < 1000 ? $0 : $0 / 1000) }
            try folder.labels("gtFine/train/ulm/\(place)_gtFine_labelIds.png", classes)
            try folder.instances("gtFine/train/ulm/\(place)_gtFine_instanceIds.png", map)
        }
        return try CityscapesDataset(root: folder.path, split: .train, options: .init())
    }

    @Test func oneObjectInTheLastOfManyImagesIsFound() throws {
        let folder = try TemporaryFolder()
        let maps = [[UInt16]](repeating: [7, 26, 7], count: 130) + [[7, 26_001, 7]]
        try dataset(folder, maps).requireObjects(where: { !$0.isCrowd }, remedy: "-")
    }

    @Test(arguments: [
        ([[26, 26, 7], [7, 24, 24]] as [[UInt16]], ", only 2 that are groups not told apart"),
        ([[7, 7, 7], [7, 7, 7]], ""),
        ([[7, 26_000, 26], [7, 7, 7]], ", only 1 that nothing is learnt from and 1 that are groups not told apart"),
    ]) func aSourceOfGroupsAloneIsRefusedByName(maps: [[UInt16]], rest: String) throws {
        let folder = try TemporaryFolder()
        let set = try dataset(folder, maps)
        let error = #expect(throws: DatasetError.self) {
            try set.requireObjects(where: { $0.isTrainable }, remedy: "give another")
        }
        #expect(error?.code == .noObject)
        #expect(
            error?.message == "\(folder.path)/gtFine/train/ulm/0_gtFine_instanceIds.png: like those of all 2 images of "
                + "\(set.name) it has no object that can be used\(rest); give another")
    }
}
