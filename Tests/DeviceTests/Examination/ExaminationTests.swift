import Basics
import CPUBackend
import DeviceBackend
import DeviceExamination
import DeviceSeam
import Foundation
import Testing
import _TestSupport

@Suite struct `The examination of a device` {
    private let cpu = CPUBackend(threads: ThreadPool(threadCount: 1))

    static let cases = KernelCases.all(.odd) + KernelCases.all(.small)

    @Test(arguments: cases)
    func `each case on the stand-in equals the CPU's`(example: KernelCase) throws {
        let examination = KernelExamination(of: try TwoBackends.standIn(), against: cpu)
        for row in [0, 12_347].flatMap({ order in TwoBackends.ordered(order) { examination.rows(of: example) } }) {
            #expect(row.isRight, "\(row.operation) differs by \(row.difference) of \(row.allowed)")
            #expect(row.seconds > 0 && row.seconds < 60, "\(row.operation) took \(row.seconds) s")
        }
    }

    @Test(arguments: KernelCases.products(.odd) + KernelCases.products(.small))
    func `each product by kernels of ours equals the CPU's`(example: KernelCase) throws {
        let device = try DeviceBackend(.standIn, usesProductLibrary: false)
        for row in KernelExamination(of: device, against: cpu).rows(of: example) {
            #expect(row.isRight, "\(row.operation) differs by \(row.difference) of \(row.allowed)")
        }
    }

    private static let runsLarge = ProcessInfo.processInfo.environment["CAUSEWAY_LARGE_EXAMINATION"] != nil

    /// On a card these are run; here they take some ten seconds and gigabytes.
    @Test(
        .enabled(if: runsLarge, "CAUSEWAY_LARGE_EXAMINATION is not set: operands of whole networks are not tried out"),
        arguments: runsLarge ? KernelCases.all(.network) : [])
    func `operands of whole networks are sound, and the CPU equals itself`(example: KernelCase) {
        let other = CPUBackend(threads: ThreadPool(threadCount: 2))
        for row in KernelExamination(of: other, against: cpu).rows(of: example) {
            #expect(row.isRight, "\(row.operation) differs by \(row.difference) of \(row.allowed)")
            print(row.cells.joined(separator: "  "))
        }
    }

    /// The requirements as they stand in the text of the facets.
    private func requirements() throws -> Set<String> {
        let folder = RepositoryFile.path("Sources/DeviceSeam/Facets")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".swift") }
        #expect(files.count > 15)
        var names: Set<String> = []
        for file in files {
            let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            var isInside = false
            for line in text.split(separator: "\n") {
                if line.hasPrefix("package protocol ") { isInside = true }
                if line == "}" { isInside = false }
                guard isInside, let start = line.range(of: "    func ") else { continue }
                names.insert(String(line[start.upperBound...].prefix { $0 != "(" }))
            }
        }
        return names
    }

    @Test(arguments: [[KernelCases.Extent.odd], [.small]])
    func `every requirement of every facet is called at each extent`(extents: [KernelCases.Extent]) throws {
        let recording = RecordingBackend(base: cpu)
        let examination = KernelExamination(of: recording, against: cpu)
        for example in extents.flatMap(KernelCases.all) { _ = examination.rows(of: example) }
        let wanted = try requirements()
        #expect(wanted.count >= 60)
        #expect(wanted.subtracting(recording.record.names).sorted() == [], "no case calls these")
        // Large operands are not run here; the same calls are made of them.
        let names = { (extent: KernelCases.Extent) in Set(KernelCases.all(extent).map(\.facet)) }
        #expect(names(.network) == names(.odd) && names(.small) == names(.odd))
    }

    @Test func `a result that is a ten-thousandth off is found, and only that`() {
        let spoiled = RecordingBackend(base: cpu, spoiled: "geluGradient")
        let examination = KernelExamination(of: spoiled, against: cpu)
        let rows = KernelCases.all(.small).flatMap { examination.rows(of: $0) }
        #expect(rows.filter { !$0.isRight }.map(\.operation) == ["geluGradient"])
        #expect(rows.table.text.contains("WRONG"))
    }

    @Test func `what is no number is no result`() {
        let values = KernelCall.Comparison.values(0)
        #expect(values.difference([.nan], [1]) == .infinity)
        #expect(values.difference([1, .infinity], [1, 2]) == .infinity)
        #expect(values.difference([1], [1, 2]) == .infinity)
        #expect(values.difference([1, 2.5], [1, 2]) == 0.25)
        #expect(KernelCall.Comparison.places(0).difference([1, 2, 3, 4], [1, 2, 3, 5]) == 0.25)
    }

    @Test func `times are those of the work when it runs, not of telling it`() throws {
        let backend = try DeviceBackend(.standIn)
        let clock = try #require(backend.workClock)
        let side = Side(backend)
        let (small, large) = (side.random([16], seed: 1), side.random([4_000_000], seed: 1))
        let first = clock.mark()
        backend.unary(.exponential, 0, 0, small, into: small)
        let second = clock.mark()
        backend.unary(.exponential, 0, 0, large, into: large)
        let seconds = clock.seconds(of: [first, second, clock.mark()])
        #expect(seconds[0] == 0 && seconds[1] >= 0)
        // A quarter of a million times the work: by far more than the time of a launch.
        #expect(seconds[2] - seconds[1] > 10 * seconds[1])
        #expect(clock.seconds(of: [clock.mark()]) == [0])
    }
}
