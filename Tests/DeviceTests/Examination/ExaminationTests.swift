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

    private static let precisions: [Precision] = [.tf32, .bf16]
    private static let sums = KernelCases.sumsOfProducts(.odd) + KernelCases.sumsOfProducts(.small)

    private func device(_ precision: Precision, usesLibrary: Bool = true) throws -> DeviceBackend {
        try DeviceBackend(.standIn, usesProductLibrary: usesLibrary, precision: precision)
    }

    @Test(arguments: precisions, [true, false])
    func `what a precision rounds equals the CPU's where no digit is lost`(
        precision: Precision, usesLibrary: Bool
    ) throws {
        let device = try device(precision, usesLibrary: usesLibrary)
        let examination = KernelExamination(
            of: device, against: cpu, operands: .kept(precision), precision: precision)
        let attention = KernelCases.attentionOfFewDigits(.odd) + KernelCases.attentionOfFewDigits(.small)
        let rows = (Self.sums + attention).flatMap(examination.rows)
        #expect(rows.count > 40 && rows.allSatisfy { $0.allowed < 2e-5 }, "as in single precision")
        for row in rows {
            #expect(row.isRight, "\(row.operation) (\(row.size)) differs by \(row.difference) of \(row.allowed)")
        }
    }

    @Test(arguments: precisions, [true, false])
    func `lost digits change results by no more than rounding may, and do`(
        precision: Precision, usesLibrary: Bool
    ) throws {
        let device = try device(precision, usesLibrary: usesLibrary)
        let rows = Self.sums.flatMap(KernelExamination(of: device, against: cpu, precision: precision).rows)
        for row in rows {
            #expect(row.isRight, "\(row.operation) (\(row.size)) differs by \(row.difference) of \(row.allowed)")
        }
        // Where nothing is summed up, both bounds are near: two operands are each off by half a unit at most.
        let single = try #require(rows.first { $0.operation == "product" && $0.size == "1 of 1x1x1, A B" })
        #expect(single.difference > 1e-5 && single.allowed < 4 * precision.changeOfProducts)
        // In single precision the same rows are not right: they would not pass for what was rounded.
        let exact = Self.sums.flatMap(KernelExamination(of: device, against: cpu).rows)
        #expect(exact.count { !$0.isRight } > exact.count / 2)
    }

    /// bf16 in the place of tf32 is such a mistake, and so is a fragment in another thread's place.
    @Test func `a device that rounds more than its precision says is found`() throws {
        let device = try device(.bf16)
        let kept = KernelExamination(of: device, against: cpu, operands: .kept(.tf32), precision: .tf32)
        #expect(Self.sums.flatMap(kept.rows).contains { !$0.isRight && $0.operation == "batchedProduct" })
        #expect(Self.sums.flatMap(kept.rows).contains { !$0.isRight && $0.operation == "convolution" })
    }

    @Test(arguments: precisions)
    func `a wrong gradient of attention is found however coarse the precision`(precision: Precision) {
        let spoiled = RecordingBackend(base: cpu, spoiled: "attentionGradients")
        let examination = KernelExamination(
            of: spoiled, against: cpu, operands: .kept(precision), precision: precision)
        let rows = KernelCases.attentionOfFewDigits(.small).flatMap(examination.rows)
        #expect(rows.filter { !$0.isRight }.map(\.operation).allSatisfy { $0 == "attentionGradients" })
        #expect(rows.contains { !$0.isRight })
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
        // A quarter of a million times the work: by far more than the time of a launch, of which the shortest of several
        // counts, as this thread may have to wait for a processor meanwhile.
        let others = (0..<20).map { _ in clock.seconds { backend.unary(.exponential, 0, 0, small, into: small) } }
        #expect(seconds[2] - seconds[1] > 10 * (others.min() ?? .infinity))
        #expect(clock.seconds(of: [clock.mark()]) == [0])
    }
}
