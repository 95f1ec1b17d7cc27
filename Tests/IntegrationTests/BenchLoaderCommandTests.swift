import Foundation
import Testing
import _TestSupport

extension IntegrationTests {
    @Suite struct BenchLoaderCommandTests {
        private struct Stage: Decodable {
            let stage: String
            let format: String
            let isWhole: Bool
            let secondsPerImage: Double
        }

        private func bench(_ arguments: String...) throws -> Job {
            try Job.run("causeway", ["bench", "loader"] + arguments, ranks: nil)
        }

        @Test func everyStageIsTimedForBothFormats() throws {
            let job = try bench("--size", "256x128", "--resize", "128x64", "--crop", "64", "--images", "2", "--json")
            #expect(job.status == 0, "\(job.output)")
            let stages = try JSONDecoder().decode([Stage].self, from: Data(job.standardOutput.utf8))
            for format in ["PNG", "JPEG"] {
                let own = stages.filter { $0.format == format }
                #expect(own.filter(\.isWhole).map(\.stage) == ["source image", "target image"])
                #expect(own.map(\.stage).contains("blur") && own.map(\.stage).contains("ClassMix"))
                #expect(own.allSatisfy { $0.secondsPerImage > 0 })
            }
        }

        @Test(arguments: [
            ([], "give either --config, or --size such as 2048x1024"),
            (["--size", "256x128", "--config", "configs/toytown/adapted.yaml"], "give either --config, or --size"),
            (["--size", "4x4"], "--size must be from 16x16 to 8192x8192"),
        ]) func wrongOptionsAreExplained(arguments: [String], message: String) throws {
            let job = try Job.run("causeway", ["bench", "loader"] + arguments, ranks: nil)
            #expect(job.status != 0)
            #expect(job.standardError.contains(message), "\(job.output)")
        }
    }
}
