import Foundation
import Testing
import _TestSupport

/// Two hosts, `alpha` and `beta`, made of namespaces of this machine (`Tests/Fixtures/hosts/two-hosts`), on which a
/// tiny run trains.
struct TwoHosts {
    private static let script = Fixture.path("hosts/two-hosts")
    private let folder = TemporaryFolder()

    /// Why there can be no hosts here; nil where there can.
    static let obstacle: String? = {
        guard let job = try? Job.run(script, ["possible"], ranks: nil) else { return "two-hosts does not start" }
        return job.status == 0 ? nil : job.output
    }()

    var outputFolder: String { folder.file("out") }

    init() throws {
        let job = try Job.run(
            "causeway",
            ["make-toytown", "--out", folder.file("toytown"), "--train", "8", "--val", "2", "--size", "128x64"],
            ranks: nil)
        try #require(job.status == 0, "\(job.output)")
    }

    /// Trains as one process of this machine.
    func trainAlone(_ changes: [String]) throws -> Job {
        try Job.run("causeway", arguments(changes, out: "alone"), ranks: nil, settings: settings)
    }

    /// Trains on both hosts.
    ///
    /// - Parameter ranks: on alpha and on beta.
    func train(
        ranks: (alpha: Int, beta: Int), _ changes: [String], resumes: Bool = false,
        interruption: Job.Interruption? = nil
    ) throws -> Job {
        let hosts = folder.write("alpha slots=\(ranks.alpha)\nbeta slots=\(ranks.beta)\n", to: "hostfile")
        let command = folder.write(
            """
            exec '\(RepositoryFile.path("launch/mpirun"))' -n \(ranks.alpha + ranks.beta) --hostfile '\(hosts)' \
                -x TOYTOWN $(cat '\(folder.file("options"))') -- '\(try Job.sibling("causeway"))' "$@"
            """, to: "command")
        let words =
            ["run", folder.path, "bash", command] + arguments(changes, out: "out") + (resumes ? ["--resume"] : [])
        return try Job.run(Self.script, words, ranks: nil, settings: settings, interruption: interruption)
    }

    /// Takes the link between the hosts down once the run's log has a step.
    func cut(afterStep step: Int) -> Job.Interruption {
        Job.Interruption(.perform { _ = try? Job.run(Self.script, ["cut", folder.path], ranks: nil) }) { _ in
            (try? losses("out").count) ?? 0 >= step
        }
    }

    /// Of every step in the log of a run, `out` or `alone`.
    func losses(_ name: String) throws -> [Double] {
        struct Line: Decodable {
            let event: String
            let loss: Double?
        }
        let log = try Data(contentsOf: URL(fileURLWithPath: folder.file("\(name)/log.jsonl")))
        return try log.split(separator: UInt8(ascii: "\n"))
            .map { try JSONDecoder().decode(Line.self, from: $0) }
            .filter { $0.event == "train" }.compactMap(\.loss)
    }

    private var settings: [String: String] { ["TOYTOWN": folder.file("toytown")] }

    private func arguments(_ changes: [String], out: String) -> [String] {
        ["train", "--config", Fixture.path("integration/tiny.yaml"), "--out", folder.file(out)]
            + changes.flatMap { ["--set", $0] }
    }
}
