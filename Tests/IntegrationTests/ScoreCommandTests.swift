import Foundation
import Testing
import _TestSupport

extension IntegrationTests {
    @Suite struct ScoreCommandTests {
        private let predictions = Fixture.path("evaluation/predictions")
        private let labels = Fixture.path("evaluation/labels")

        private func score(_ arguments: [String]) throws -> Job {
            try Job.run("causeway", ["score", "semantic"] + arguments, ranks: nil)
        }

        @Test func jsonHoldsTheScoresOfAnotherProgram() throws {
            let run = try score([
                "--predictions", predictions, "--labels", labels, "--label-space", "cityscapes19", "--json",
            ])
            #expect(run.status == 0 && run.standardError.isEmpty)
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(run.standardOutput.utf8)) as? [String: Any])
            #expect(document["images"] as? Int == 3)
            let scores = try #require((document["scores"] as? [[String: Any]])?.first)
            let expected = try #require(
                try JSONSerialization.jsonObject(
                    with: Data(contentsOf: URL(filePath: Fixture.path("evaluation/scores.json")))) as? [String: Any])
            let (mean, expectedMean) = (scores["mIoU"] as? Double, expected["meanIoU"] as? Double)
            #expect(abs(try #require(mean) - #require(expectedMean)) < 1e-9)
            #expect((scores["classes"] as? [String: Any])?["train"] is NSNull)
        }

        @Test func aTableIsPrintedForPeople() throws {
            let run = try score(["--predictions", predictions, "--labels", labels, "--label-space", "cityscapes19"])
            #expect(run.status == 0)
            #expect(run.standardOutput.contains("mIoU            39.3\n"))
            #expect(run.standardOutput.contains("pixel accuracy   58.0\n"))
        }

        @Test func wrongInputEndsInOneLineAndAStatus() throws {
            let missing = try score(["--predictions", "/nowhere", "--labels", labels, "--label-space", "cityscapes19"])
            #expect(missing.status == 1)
            #expect(missing.standardError == "error: /nowhere: no such folder; check the path\n")
            let wrongClass = try score([
                "--predictions", predictions, "--labels", labels, "--label-space", "cityscapes19", "--classes", "19",
            ])
            #expect(wrongClass.status != 0)
            #expect(wrongClass.standardError.contains("--classes: there is no train id 19; train ids go from 0 to 18"))
            let wrongSpace = try score(["--predictions", predictions, "--labels", labels, "--label-space", "camvid11"])
            #expect(wrongSpace.status == 1)
            #expect(wrongSpace.standardError.contains("is none of the ids of camvid11"))
        }
    }
}
