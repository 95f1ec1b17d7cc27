import Foundation
import Reports
import Testing
import _TestSupport
import Training

/// Runs of four steps with two images a step, written by hand.
@Suite struct RunSummaryTests {
    /// The folder of a run and what must outlive it.
    private struct WrittenRun {
        let folder: TemporaryFolder
        var path: String { folder.path }
    }

    private func write(
        _ name: String, seed: Int, score: String = "20", domain: String = "camera", extra: String = "",
        measures: String = "[semantic-iou]",
        source: String = "{kind: toytown, domain: render, root: \"${TOYTOWN}/a\"}",
        log: (String) -> String = { $0 }
    ) -> WrittenRun {
        let folder = TemporaryFolder()
        folder.write(
            """
            name: \(name)
            seed: \(seed)
            method: source-only
            data:
              source: \(source)
            training: {steps: 4}
            schedule: {warmupSteps: 1}
            evaluation: {dataset: {kind: toytown, domain: \(domain), root: b}, measures: \(measures)}
            \(extra)
            """, to: "resolved.yaml")
        folder.write(
            log(
                """
                {"step":0,"event":"start","name":"\(name)","ranks":1,"teachers":0}
                {"step":2,"event":"train","loss":1.5,"imagesPerSecond":4}
                {"step":2,"event":"stop"}
                {"step":2,"event":"start","ranks":1,"teachers":0}
                {"step":4,"event":"train","loss":1.5,"imagesPerSecond":2}
                {"step":4,"event":"evaluation","mIoU":\(score),"IoU.road":60.5,"IoU.sky":\(score)}
                {"step":4,"event":"end"}

                """), to: "log.jsonl")
        return WrittenRun(folder: folder)
    }

    private func summary(_ runs: [WrittenRun]) throws -> RunSummary {
        try RunSummary(try runs.flatMap { try RunRecord.all(in: $0.path) })
    }

    private func failure(_ runs: [WrittenRun]) -> String {
        do {
            _ = try summary(runs)
            return "no error"
        } catch {
            return runs.enumerated().reduce("\(error)") { $0.replacing($1.element.path, with: "run\($1.offset)") }
        }
    }

    @Test func secondsAreThoseOfTheSteps() throws {
        let run = write("plain", seed: 1)
        // Two steps of two images at 4 and two at 2 images a second.
        #expect(try RunRecord.all(in: run.path)[0].trainingSeconds == 3)
    }

    @Test func seedsOfANameAreOneRowWithMeanAndSampleDeviation() throws {
        let runs = [write("plain", seed: 1, score: "20"), write("plain", seed: 2, score: "23")]
        let row = try #require(try summary(runs).benchmarks.first?.rows.first)
        #expect(row.mean == 21.5)
        #expect(abs(try #require(row.standardDeviation) - 4.5.squareRoot()) < 1e-12)
        #expect(row.classScore("sky") == 21.5)
        #expect(row.classScore("train") == nil)
    }

    @Test func markdownHasATableForEachPairOfDomains() throws {
        let runs = [
            write("plain", seed: 1, score: "20"), write("other", seed: 2, score: "23"),
            write("plain", seed: 1, score: "10", domain: "night"), write("plain", seed: 2, score: "20"),
        ]
        let text = try summary(runs).markdown()
        #expect(
            text.hasPrefix(
                """
                ### render → camera

                | setting | training | mIoU, % | over the row before | seed 1 | seed 2 | training time |
                | --- | --: | --: | --: | --: | --: | --: |
                | plain | 4 steps of 2 crops, 512x512 | 20.0 ± 0.0 | - | 20.0 | 20.0 | 3s |
                | other | 4 steps of 2 crops, 512x512 | 23.0 | +3.0 | - | 23.0 | 3s |

                | mean IoU, % | plain | other |
                | --- | --: | --: |
                | road | 60.5 | 60.5 |
                | sky | 20.0 | 23.0 |

                ### render → night

                """))
        #expect(text.contains("| plain | 4 steps of 2 crops, 512x512 | 10.0 | - | 10.0 | 3s |\n"))
    }

    @Test func foldersHaveTheirNames() throws {
        let runs = [
            write("plain", seed: 1, source: "{kind: folder, root: data/shapes/}"),
            write("plain", seed: 1, source: "{kind: folder, root: data/signs, also: [{kind: gta, root: g}]}"),
        ]
        #expect(try summary(runs).benchmarks.map(\.title) == ["shapes → camera", "signs + gta → camera"])
        let drive = write("plain", seed: 1, source: "{kind: folder, root: data/drives, list: lists/day.txt}")
        #expect(try summary([drive]).benchmarks.map(\.title) == ["drives day → camera"])
    }

    @Test func scoresThatEvaluateAddedHaveTheirOwnRow() throws {
        let run = write("plain", seed: 1)
        #expect(try RunRecord.all(in: run.path)[0].scores.count == 1)
        run.folder.makeFolder("report")
        run.folder.write(
            """
            {"labelSpace":"x","images":1,"scores":[{"title":"plain","mIoU":20,"classes":{"road":1}},
            {"title":"plain + target statistics","mIoU":25,"classes":{"road":30,"sky":null}}],"pixelAccuracy":[1,2]}
            """, to: "report/scores.json")
        let rows = try summary([run]).benchmarks[0].rows
        #expect(rows.map(\.title) == ["plain", "plain + target statistics"])
        #expect(rows[1].mean == 25)
        #expect(rows[1].classScore("road") == 30)
        #expect(rows[1].classScore("sky") == nil)
    }

    /// A file of one tensor.
    private static let weights: String = {
        let header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"
        return "\(Character(Unicode.Scalar(UInt8(header.utf8.count))))\0\0\0\0\0\0\0\(header)\0\0\0\0"
    }()

    /// Two models and what they find together, and a final model that took all trainings.
    private func pipeline(seed: Int, score: String, final: Bool) throws -> WrittenRun {
        let whole = TemporaryFolder()
        let trainings = ["person/source", "car/source", "person/adapted", "car/adapted"]
        for path in trainings + (final ? ["final"] : []) {
            let weights = "/\(seed)/\(path.replacing("adapted", with: "source"))/weights.safetensors"
            let run = write(
                path == "final" ? "both, final" : path, seed: seed, score: "30",
                extra: path.hasSuffix("adapted") ? "model: {weights: \(weights)}" : "",
                source: path == "final"
                    ? "{kind: cityscapes, root: /\(seed)/fused}" : "{kind: toytown, domain: render, root: a}")
            whole.makeFolder(path)
            whole.write(Self.weights, to: "\(path)/weights.safetensors")
            if path == "final" { whole.write("", to: "final/inputs.txt") }
            for file in ["resolved.yaml", "log.jsonl"] { whole.write(try String(contentsOfFile: run.folder.file(file), encoding: .utf8), to: "\(path)/\(file)") }
        }
        whole.makeFolder("fused")
        whole.write(
            """
            {"pipeline":"both","trainings":["\(trainings.joined(separator: "\",\""))"],"models":["person/adapted","car/adapted"],
            "images":1,"scoresOfAllModels":{"mIoU":\(score),"IoU.road":7}}
            """, to: "fused/fused.json")
        return WrittenRun(folder: whole)
    }

    @Test func aPipelineHasARowForItsModelsTogetherAndOneForItsFinalModel() throws {
        let text = try summary(
            [write("plain", seed: 1)] + [(1, "10"), (2, "12")].map { try pipeline(seed: $0.0, score: $0.1, final: true) }
        ).markdown()
        #expect(
            text.hasPrefix(
                """
                ### render → camera

                | setting | training | mIoU, % | over the row before | seed 1 | seed 2 | training time |
                | --- | --: | --: | --: | --: | --: | --: |
                | plain | 4 steps of 2 crops, 512x512 | 20.0 | - | 20.0 | - | 3s |
                | both | 4 x 4 steps of 2 crops, 512x512 | 11.0 ± 1.4 | -10.0 | 10.0 | 12.0 | 12s |
                | both, final | 5 x 4 steps of 2 crops, 512x512 | 30.0 ± 0.0 | +19.0 (+18.0 to +20.0) | 30.0 | 30.0 | 15s |

                | mean IoU, % | plain | both | both, final |
                | --- | --: | --: | --: |
                | road | 60.5 | 7.0 | 60.5 |

                """), "\(text)")
        let alone = try summary([pipeline(seed: 1, score: "10", final: false)]).benchmarks[0].rows
        #expect(alone.map(\.title) == ["both"] && alone[0].trainingSeconds == 12)
    }

    @Test func aPipelineThatIsNotWholeIsRefused() throws {
        func failure(_ file: String, _ text: String, _ other: [WrittenRun] = []) throws -> String {
            let run = try pipeline(seed: 1, score: "1", final: true)
            run.folder.write(text, to: file)
            return self.failure([run] + other)
        }
        #expect(
            try failure("final/log.jsonl", "") == "run0/final: the run has not come to its 4 steps; finish it with --resume")
        let old = try failure("fused/fused.json", "{\"images\":1}")
        #expect(old.hasPrefix("run0/fused/fused.json: does not say which models made the labels"), "\(old)")
        let record = "{\"pipeline\":\"both\",\"trainings\":[\"car/source\"],\"models\":[\"car/source\"],\"scoresOfAllModels\":"
        let unscored = try failure("fused/fused.json", record + "null}")
        #expect(unscored.hasPrefix("run0/fused/fused.json: has no scores of all models together"), "\(unscored)")
        let damaged = try failure("fused/fused.json", record + "{\"headline\":\"mAP\"}}")
        #expect(damaged.hasPrefix("run0/fused/fused.json: is damaged, it lacks mAP"), "\(damaged)")
        for (file, fact) in [("fused", "weights of car"), ("final", "labels of stage fusion")] {
            let changed = try failure("\(file)/inputs.txt", "\(fact)=another\n")
            #expect(changed.hasPrefix("run0/\(file): was begun with something else than there is now; remove"), "\(changed)")
            #expect(changed.contains("\(fact): 'another', now '"), "\(changed)")
        }
        let other = try failure("fused/inputs.txt", "fusion.minScore=0.5\n", [try pipeline(seed: 2, score: "1", final: true)])
        #expect(other.contains("are both named 'both', but learnt from labels that were made otherwise: "), "\(other)")
        let unfinished = TemporaryFolder()
        unfinished.makeFolder("car/source")
        unfinished.write("", to: "car/source/inputs.txt")
        #expect(
            self.failure([WrittenRun(folder: unfinished)]).hasPrefix("run0: the pipeline has not made its labels yet; go on"))
    }

    /// Means over other classes cannot be compared.
    @Test func rowsOfOtherClassesHaveNoDifference() throws {
        let some = write("some", seed: 1, score: "23") { $0 }
        let setting = try String(contentsOfFile: some.folder.file("resolved.yaml"), encoding: .utf8)
        some.folder.write(setting.replacing("measures:", with: "classes: [road], measures:"), to: "resolved.yaml")
        let text = try summary([write("plain", seed: 1), some]).markdown()
        #expect(text.contains("| some | 4 steps of 2 crops, 512x512 | 23.0 | - | 23.0 | 3s |"), "\(text)")
    }

    /// Whatever the first measure is called, the headlines of the others have a table.
    @Test func furtherMeasuresHaveATableOfTheirOwn() throws {
        func run(_ seed: Int, _ precision: String) -> WrittenRun {
            let run = write(
                "plain", seed: seed, extra: "model: {objects: mask-rcnn}", measures: "[semantic-iou, instance]"
            ) { log in
                log.replacing("\"IoU.road\"", with: "\"mAP\":\(precision),\"mAP50\":50,\"AP.car\":7,\"IoU.road\"")
            }
            run.folder.makeFolder("report")
            run.folder.write(
                """
                {"labelSpace":"x","images":1,"headline":"mIoU","scores":[{"title":"plain + target statistics","mIoU":25,
                "mAP":\(precision),"classes":{"road":30}}],"mAP50":[50]}
                """, to: "report/scores.json")
            return run
        }
        let runs = [run(1, "10"), run(2, "13"), write("other", seed: 1)]
        let summary = try summary(runs)
        #expect(
            summary.markdown().contains(
                """
                | other | 4 steps of 2 crops, 512x512 | 20.0 | 0.0 | 20.0 | - | 3s |

                | setting | mAP, % | over the row before |
                | --- | --: | --: |
                | plain | 11.5 ± 2.1 | - |
                | plain + target statistics | 11.5 ± 2.1 | - |
                | other | - | - |

                | mean IoU, % | plain | plain + target statistics | other |
                """), "\(summary.markdown())")
        let row = try #require(summary.benchmarks.first?.rows.first)
        #expect(row.runs.map(\.score.others) == [[.init(name: "mAP", value: 10)], [.init(name: "mAP", value: 13)]])
    }

    @Test func runsOfOneNameMustDifferInTheSeedAlone() {
        let first = write("plain", seed: 1)
        #expect(
            failure([first, write("plain", seed: 2, extra: "optimizer: {eps: 1e-6}")])
                == "run1 and run0 are both named 'plain', but their settings differ in more than the seed; compare "
                + "their resolved.yaml, and train one of them again")
        #expect(
            failure([first, write("plain", seed: 1)])
                == "run1: another run of 'plain' has the seed 1 too; give each once")
    }

    @Test func aRunThatIsNotFinishedOrScoredIsNamed() {
        let stopped = write("plain", seed: 1) { $0.replacing("{\"step\":4,\"event\":\"end\"}\n", with: "") }
        #expect(failure([stopped]) == "run0: the run has not come to its 4 steps; finish it with --resume")
        let unscored = write("plain", seed: 1) { $0.replacing("evaluation", with: "checkpoint") }
        #expect(
            failure([unscored])
                == "run0: the run has no scores of its last step; train it with an evaluation.dataset")
        let torn = write("plain", seed: 1) { $0.replacing("\"loss\":1.5,", with: "\"loss\"") }
        #expect(failure([torn]) == "run0/log.jsonl:2: is not a line of a run's log; train the run again")
        #expect(failure([WrittenRun(folder: TemporaryFolder())]).contains("cannot read the configuration"))
    }
}
