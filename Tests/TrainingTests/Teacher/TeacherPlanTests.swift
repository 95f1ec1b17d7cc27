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

    /// A network with objects has other costs, and where objects are mixed, a teacher has to find them, and the student
    /// takes one more pass.
    @Test func objectsAreCounted() throws {
        #expect(try teachers(6, images: 20) == 1)
        #expect(try teachers(6, images: 20, objects: true) == 2)
        #expect(try teachers(11, images: 63) == 2)
        #expect(try teachers(11, images: 63, objects: true) == 2)
        #expect(try teachers(11, images: 63, objects: true) { $0.instanceMixing = InstanceMixingConfiguration() } == 4)
    }

    /// A student that labels for itself is as fast as its share of a teacher, and nobody waits.
    @Test(arguments: [0, 1]) func withoutALimitEveryRankTrains(lag: Int) throws {
        for ranks in 1...8 {
            #expect(try teachers(ranks, lag: lag) == 0)
            #expect(try teachers(ranks, images: ranks, lag: lag) == 0)
        }
    }
}
