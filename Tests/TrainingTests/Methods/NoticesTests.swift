import Configuration
import Datasets
import DomainAdaptation
import SegmentationModels
import Testing
import Training

/// What a user is told at the start of a run that does less than its setting seems to say.
@Suite struct NoticesTests {
    private static func run(
        things: Bool = false, featureClasses: [Int]? = nil, weight: Float = 0.005, weights: String? = "start.pth"
    ) -> RunConfiguration {
        var space = LabelSpace(
            name: "two",
            classes: (0..<2).map { SegmentationClass("class \($0)", color: .zero, isThing: things, ids: [$0]) })
        space.featureClasses = featureClasses
        var method = SelfTraining()
        method.featureDistance.weight = weight
        var run = RunConfiguration()
        run.labelSpace = LabelSpaceConfiguration(space)
        run.model.weights = weights
        run.training.steps = 10
        run.method = MethodConfiguration(method)
        return run
    }

    private static func notices(_ run: RunConfiguration) -> [String] { run.method.teaching?.notices(in: run) ?? [] }

    /// An empty list of classes, or a label space without countable things.
    @Test(arguments: [(true, [] as [Int]?), (false, nil), (false, [])])
    func aFeatureDistanceOfNoClassesIsSaid(things: Bool, featureClasses: [Int]?) {
        let found = Self.notices(Self.run(things: things, featureClasses: featureClasses))
        #expect(
            found == [
                "method.featureDistance does nothing, as no class is named for it: name some in "
                    + "method.featureDistance.classes or in featureClasses of the label space, mark countable ones "
                    + "with thing: true, or set method.featureDistance.weight=0"
            ])
    }

    @Test func oneThatWorksOrIsOffIsNotSpokenOf() {
        #expect(Self.notices(Self.run(things: true)).isEmpty)
        #expect(Self.notices(Self.run(featureClasses: [1])).isEmpty)
        #expect(Self.notices(Self.run(weight: 0)).isEmpty)
        #expect(Self.notices(Self.run(weights: nil)).isEmpty)
    }
}
