import Configuration
import Testing
@preconcurrency import Training
import _TestSupport

@Suite struct RunPaceTests {
    private static let twoKinds = [StepCost(from: 0, relative: 1), StepCost(from: 100, relative: 3)]

    /// 10 steps of 2 s, 90 more of them, and 900 of three times that.
    @Test func stepsToComeCostWhatTheirKindDoesBesideThePresent() {
        var pace = RunPace(Self.twoKinds, totalSteps: 1000)
        #expect(pace.secondsLeft(after: 0) == .infinity)
        pace.add(steps: 0..<10, seconds: 20)
        #expect(abs(pace.secondsLeft(after: 10) - (90 * 2 + 900 * 6)) < 1e-6)
        #expect(pace.secondsLeft(after: 1000) == 0)
    }

    @Test func whatWasMeasuredCountsMoreThanWhatIsKnown() {
        var pace = RunPace(Self.twoKinds, totalSteps: 1000)
        pace.add(steps: 90..<100, seconds: 10)
        pace.add(steps: 100..<110, seconds: 50)
        #expect(abs(pace.secondsLeft(after: 110) - 890 * 5) < 1e-6)
        // A window of both kinds is shared out by their costs: 5 + 5 * 3 parts of 40 s.
        var mixed = RunPace(Self.twoKinds, totalSteps: 1000)
        mixed.add(steps: 95..<105, seconds: 40)
        #expect(abs(mixed.secondsLeft(after: 105) - 895 * 6) < 1e-6)
    }

    @Test func aSlowFirstStepIsForgotten() {
        var pace = RunPace([StepCost(from: 0, relative: 1)], totalSteps: 10_000)
        pace.add(steps: 0..<1, seconds: 60)
        for window in 0..<20 { pace.add(steps: 1 + 10 * window..<11 + 10 * window, seconds: 10) }
        #expect(abs(pace.secondsLeft(after: 201) / 9799 - 1) < 0.01)
    }

    @Test func evaluationsToComeAreCountedOnceOneIsKnown() {
        var pace = RunPace([StepCost(from: 0, relative: 1)], totalSteps: 1000, evaluationInterval: 400)
        pace.add(steps: 0..<400, seconds: 400)
        pace.addEvaluation(seconds: 50)
        // At 800, and at the end.
        #expect(abs(pace.secondsLeft(after: 400) - (600 + 100)) < 1e-6)
        pace.add(steps: 400..<800, seconds: 400)
        #expect(abs(pace.secondsLeft(after: 800) - (200 + 50)) < 1e-6)
    }

    private func costs(_ yaml: String) throws -> [StepCost] {
        let setting =
            try ConfigurationFile.decode(yaml: yaml, fileName: "setting.yaml") { _ in "/" } as RunConfiguration
        return setting.method.method.stepCosts(in: setting)
    }

    private static let base = """
        name: x
        data: {source: {kind: gta, root: a}, target: {kind: cityscapes, root: b}}
        evaluation: {dataset: null}

        """

    @Test func sourceOnlyStepsAreCheaper() throws {
        let costs = try costs(Self.base + "method: {kind: dacs, sourceOnlySteps: 300}")
        #expect(costs.map(\.from) == [0, 300] && costs[1].relative > 1.5 * costs[0].relative)
        #expect(try self.costs(Self.base + "method: dacs").map(\.from) == [0])
        #expect(try self.costs(Self.base + "method: source-only") == [StepCost(from: 0, relative: 1)])
    }

    /// LIDAPS pastes objects from its second phase on.
    @Test func passesThatBeginLaterCostFromThereOn() throws {
        let setting =
            try ConfigurationFile.load(
                RepositoryFile.path("configs/lidaps/synthia-to-cityscapes.yaml")
            ) { _ in "/" } as RunConfiguration
        let costs = setting.method.method.stepCosts(in: setting)
        #expect(costs.map(\.from) == [0, 40_000])
        #expect(costs[1].relative > costs[0].relative && costs[1].relative < 2 * costs[0].relative)
        let whole = setting.wholeSteps
        #expect(whole < 50_000 && whole > 25_000)
    }
}

@Suite struct BestScoreTests {
    private func failure(_ best: String, _ more: String = "") -> String? {
        do throws(ConfigurationError) {
            let setting =
                try ConfigurationFile.decode(
                    yaml: """
                        name: x
                        data: {source: {kind: gta, root: a}, target: {kind: cityscapes, root: b}}
                        evaluation: {dataset: {kind: cityscapes, root: b, split: val}}
                        checkpoint: {best: \(best)}
                        \(more)
                        """, fileName: "setting.yaml"
                ) { _ in "/" } as RunConfiguration
            try setting.validate(worldSize: 1)
            return nil
        } catch {
            return error.description
        }
    }

    @Test(arguments: ["mIoU", "pixelAccuracy", "IoU.traffic light", "mIoU.night", "null"])
    func scoresOfTheMeasuresAreTaken(name: String) { #expect(failure(name) == nil) }

    @Test(arguments: [
        ("miou", "'miou' is no score of evaluation.measures; did you mean 'mIoU'? there are mIoU, mIoU.fog, "),
        ("mPQ", "'mPQ' is no score of evaluation.measures; "), ("IoU.carr", "did you mean 'IoU.car'? "),
        ("loss", ", pixelAccuracy, IoU.<class>"),
    ])
    func anyOtherIsRefusedWithThoseThereAre(name: String, text: String) {
        #expect(failure(name)?.contains(text) == true, "\(failure(name) ?? "no error")")
        #expect(failure(name)?.contains("checkpoint.best") == true)
    }

    /// A run may be scored by other measures than it was trained with.
    @Test func onlyTrainingAsksForTheScore() {
        #expect(throws: Never.self) {
            _ =
                try ConfigurationFile.decode(
                    yaml: """
                        name: x
                        data: {source: {kind: gta, root: a}, target: {kind: cityscapes, root: b}}
                        evaluation: {dataset: {kind: cityscapes, root: b, split: val}}
                        checkpoint: {best: mPQ}
                        """, fileName: "setting.yaml"
                ) { _ in "/" } as RunConfiguration
        }
    }

    @Test func withoutScoresThereIsNoBest() throws {
        let error = #expect(throws: ConfigurationError.self) {
            let setting =
                try ConfigurationFile.decode(
                    yaml: """
                        name: x
                        data: {source: {kind: gta, root: a}, target: {kind: cityscapes, root: b}}
                        evaluation: {dataset: null}
                        checkpoint: {best: mIoU}
                        """, fileName: "setting.yaml"
                ) { _ in "/" } as RunConfiguration
            try setting.validate(worldSize: 1)
        }
        #expect(error?.description.contains("checkpoint.best") == true)
        #expect(error?.description.contains("there is nothing to score on; give evaluation.dataset") == true)
    }
}
