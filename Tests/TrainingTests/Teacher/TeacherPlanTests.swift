import DataParallel
import Testing
import SegmentationModels
import Training

@Suite struct TeacherPlanTests {
    private func teachers(
        _ ranks: Int, images: Int? = nil, lag: Int = 0, multiResolution: Bool = false, objects: Bool = false,
        _ change: (inout SelfTraining) -> Void = { _ in }
    ) throws -> Int {
        var run = RunConfiguration()
        var method = SelfTraining()
        change(&method)
        run.method = MethodConfiguration(method)
        if objects { run.model.objects = .maskRCNN }
        run.distribution.teacherLag = lag
        run.training.batch = images.map { .global(images: $0) } ?? .perStudent(images: 1)
        if multiResolution { run.model.multiResolution = MultiResolutionConfig() }
        return try run.roles(worldSize: ranks).teacherCount
    }

    /// Ranks that the batch has no image for label; the others train.
    @Test func ranksWithoutAShareOfTheBatchLabel() throws {
        #expect(try teachers(3, images: 2) == 1)
        #expect(try teachers(3, images: 4) == 1)
        #expect(try teachers(5, images: 4, lag: 1) == 1)
        #expect(try teachers(6, images: 4, lag: 1, multiResolution: true) == 2)
    }

    /// Learning objects makes a student's step longer while labels cost the same, so that one teacher serves more; where
    /// objects are mixed, a teacher has to find them.
    @Test func objectsAreCounted() throws {
        #expect(try teachers(9, images: 40) == 4)
        #expect(try teachers(9, images: 40, objects: true) == 1)
        #expect(try teachers(9, images: 56, lag: 1) == 2)
        #expect(try teachers(9, images: 56, lag: 1, objects: true) == 1)
        #expect(try teachers(10, images: 18) == 4)
        #expect(try teachers(10, images: 18, objects: true) == 1)
        #expect(try teachers(10, images: 18, objects: true) { $0.instanceMixing = InstanceMixingConfiguration() } == 4)
    }

    /// A student that labels for itself is as fast as its share of a teacher, and nobody waits.
    @Test(arguments: [0, 1]) func withoutALimitEveryRankTrains(lag: Int) throws {
        for ranks in 1...8 {
            #expect(try teachers(ranks, lag: lag) == 0)
            #expect(try teachers(ranks, images: ranks, lag: lag) == 0)
        }
    }
}
