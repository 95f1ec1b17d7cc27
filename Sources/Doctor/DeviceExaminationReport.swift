package import Basics
internal import DeviceExamination
internal import DeviceSeam
package import TensorEngine

/// What the examination of a device found: every facet against the CPU's.
package struct DeviceExaminationReport {
    private let device: String
    private let description: String
    private let isStandIn: Bool
    private let facts: String
    private let rows: [KernelExamination.Row]

    /// Runs every facet of a device. The stand-in, which is slow, gets smaller operands than a card.
    ///
    /// - Throws: where the device cannot be used, or fails, with the reason.
    /// - Precondition: it is not the CPU, which devices are compared with, nor whichever there is.
    package init(_ device: Device) throws {
        guard let opened = try device.toExamine() else {
            preconditionFailure("DeviceExaminationReport: the CPU is what devices are compared with")
        }
        (self.device, description, isStandIn) = (opened.name, opened.description, opened.isStandIn)
        facts = "\(opened.description) with \(MachineExamination.gibibytes(opened.memoryBytes)); driver of CUDA "
            + "\(opened.driverVersion); kernels \(opened.kernelOrigin); products "
            + (opened.withOwnProducts == nil ? "ours, as there is no libcublas" : "of the library, and ours")
            + "; \(opened.sums)"
        let extents: [KernelCases.Extent] = isStandIn ? [.odd, .small] : [.odd, .small, .network]
        let leastSeconds = isStandIn ? 0 : 0.01
        let cases = extents.flatMap(KernelCases.all)
        let products = opened.withOwnProducts == nil ? [] : extents.flatMap(KernelCases.products)
        let progress = CountProgress("examining", total: cases.count + products.count, of: "cases", ending: .vanishes)
        let examination = KernelExamination(of: opened.backend, against: opened.reference, leastSeconds: leastSeconds)
        var rows: [KernelExamination.Row] = []
        for (index, example) in cases.enumerated() {
            rows += try Self.rows(of: example, examination, opened)
            progress.show(index + 1)
        }
        if let backend = opened.withOwnProducts {
            let examination = KernelExamination(
                of: backend, against: opened.reference, leastSeconds: leastSeconds, remark: " (ours)")
            for (index, example) in products.enumerated() {
                rows += try Self.rows(of: example, examination, opened)
                progress.show(cases.count + index + 1)
            }
        }
        self.rows = rows
    }

    /// Of a device that has failed nothing is compared.
    private static func rows(
        of example: KernelCase, _ examination: KernelExamination, _ device: DeviceToExamine
    ) throws -> [KernelExamination.Row] {
        let rows = examination.rows(of: example)
        if let failure = device.failure() { throw UnusableDevice("\(failure); while examining \(example)") }
        return rows
    }

    private var wrong: [KernelExamination.Row] { rows.filter { !$0.isRight } }

    /// What was examined, and the one line that stands for the table.
    package var findings: [Finding] { [Finding("device \(device)", facts), verdict] }

    private var verdict: Finding {
        let topic = "examination of \(device)"
        let times = isStandIn ? "; times are the stand-in's on this processor, not a card's" : ""
        guard !wrong.isEmpty else {
            return Finding(topic, "\(rows.count) calls on \(description) equal the CPU's\(times)")
        }
        let names = wrong.map { "\($0.operation) (\($0.size))" }
        return Finding(
            topic, .error,
            "\(wrong.count) of \(rows.count) calls on \(description) differ from the CPU's: "
                + names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", ..." : ""),
            remedy: "do not train on \(device): report this table with the card, its driver and the version of its "
                + "compiler; CAUSEWAY_DEVICE_SYNC=1 tells errors of kernels where they happen")
    }

    /// Call by call. Differences are relative to the largest value of each result; of labels, the share that differs.
    package var table: String {
        "calls on \(device) (\(description)) against the CPU's; times are the device's own\n" + rows.table.text
    }

    /// As findings, with the numbers of each call beside them.
    package var json: [JSONValue] {
        rows.map { row in
            [
                "topic": .string("\(device): \(row.operation)"), "status": .string(row.isRight ? "ok" : "error"),
                "value": .string(row.size), "remedy": "", "difference": .number(row.difference),
                "allowed": .number(row.allowed), "seconds": .number(row.seconds), "gflop": .number(row.flops * 1e-9),
                "gb": .number(row.bytes * 1e-9),
            ]
        }
    }
}
