import Datasets
import Testing
import _TestSupport

/// What `check-data` says of objects.
@Suite struct ObjectInspectionTests {
    private func inspect(
        _ labels: [UInt8], _ instances: [UInt16]?, needsObjects: Bool = false
    ) throws -> DatasetInspection {
        let folder = try TemporaryFolder()
        try folder.image("leftImg8bit/train/ulm/a_leftImg8bit.png", height: 1, width: labels.count)
        try folder.labels("gtFine/train/ulm/a_gtFine_labelIds.png", labels)
        if let instances { try folder.instances("gtFine/train/ulm/a_gtFine_instanceIds.png", instances) }
        let dataset = try CityscapesDataset(
            root: folder.path, split: .train, options: .init(leavesOutIncompletePairs: true))
        return withExtendedLifetime(folder) {
            DatasetInspector(dataset, split: .train, facts: nil, needsObjects: needsObjects).inspect()
        }
    }

    @Test func objectsAreCounted() throws {
        let found = try inspect([7, 26, 26, 24, 33], [7, 26_000, 26_001, 24, 33_000])
        let objects = try #require(found.objects)
        #expect(objects.byClass[13] == 2 && objects.byClass[18] == 1 && objects.count == 3)
        #expect(objects.crowds == 1 && objects.thin == 3 && objects.images == 1 && objects.imagesWithout == 1)
        #expect(objects.most == 3)
        #expect(found.damageCount == 0)
    }

    /// Mostly of another class is damage, an edge is not.
    @Test func objectsThatLabelsContradictAreNamed() throws {
        let edge = try inspect([7, 26, 26, 26], [26_000, 26_000, 26_000, 26_000])
        #expect(edge.damageCount == 0)
        #expect(edge.findings.contains { $0.message.contains("1 of 4 pixels of the car from column 0, row 0 have another") })
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
        #expect(crowds.findings[0].message.contains("no image has an object that is told apart, only 1 groups"))
    }
}
