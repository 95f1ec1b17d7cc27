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
    /// - Parameter precision: examined beside `fp32`.
    /// - Throws: where the device cannot be used, or fails, with the reason.
    /// - Precondition: it is not the CPU, which devices are compared with, nor whichever there is.
    package init(_ device: Device, in precision: Precision = .fp32) throws {
        guard let opened = try device.toExamine(in: precision) else {
            preconditionFailure("DeviceExaminationReport: the CPU is what devices are compared with")
        }
        (self.device, description, isStandIn) = (opened.name, opened.description, opened.isStandIn)
        facts = Self.facts(of: opened, precision)
        let parts = Self.parts(opened)
        let progress = CountProgress(
            "examining", total: parts.reduce(0) { $0 + $1.cases.count }, of: "cases", ending: .vanishes)
        var (rows, count): ([KernelExamination.Row], Int) = ([], 0)
        for part in parts {
            for example in part.cases {
                rows += try Self.rows(of: example, part.examination, opened)
                count += 1
                progress.show(count)
            }
        }
        self.rows = rows
    }

    /// What it is, in a line.
    private static func facts(of device: DeviceToExamine, _ precision: Precision) -> String {
        let products = device.withOwnProducts == nil ? "ours, as there is no libcublas" : "of the library, and ours"
        let precisions = precision == .fp32 ? "fp32" : "fp32 and \(precision)"
        return [
            "\(device.description) with \(MachineExamination.gibibytes(device.memoryBytes))",
            "driver of CUDA \(device.driverVersion)", "kernels \(device.kernelOrigin)", "products \(products)",
            precisions, "\(device.sums)",
        ].joined(separator: "; ")
    }

    /// Cases that are examined in the same way.
    private typealias Part = (examination: KernelExamination, cases: [KernelCase])

    /// All of it in single precision, and what a precision rounds in that.
    private static func parts(_ opened: DeviceToExamine) -> [Part] {
        let extents: [KernelCases.Extent] = opened.isStandIn ? [.odd, .small] : [.odd, .small, .network]
        func part(
            _ backend: any Backend, _ cases: (KernelCases.Extent) -> [KernelCase], _ remarks: [String] = [],
            operands: Operands = .random, _ precision: Precision = .fp32
        ) -> Part {
            let examination = KernelExamination(
                of: backend, against: opened.reference, leastSeconds: opened.isStandIn ? 0 : 0.01,
                remark: remarks.isEmpty ? "" : " (\(remarks.joined(separator: ", ")))", operands: operands,
                precision: precision)
            return (examination, extents.flatMap(cases))
        }
        var parts = [part(opened.backend, KernelCases.all)]
        if let own = opened.withOwnProducts { parts.append(part(own, KernelCases.products, ["ours"])) }
        guard let (precision, backend, own) = opened.rounded else { return parts }
        func add(
            _ backend: any Backend, _ cases: (KernelCases.Extent) -> [KernelCase], _ remarks: [String]
        ) {
            parts.append(part(backend, cases, remarks + ["few digits"], operands: .kept(precision), precision))
            parts.append(part(backend, cases, remarks + ["rounded"], precision))
        }
        add(backend, KernelCases.sumsOfProducts, [precision.rawValue])
        parts.append(
            part(
                backend, KernelCases.attentionOfFewDigits, [precision.rawValue], operands: .kept(precision), precision))
        if let own { add(own, KernelCases.products, [precision.rawValue, "ours"]) }
        return parts
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

    /// Call by call, and those that are wrong once more at the end, which is what a terminal still shows. Differences are
    /// relative to the largest value of each result; of labels, the share that differs.
    package var table: String {
        let title = "calls on \(device) (\(description)) against the CPU's; times are the device's own\n"
        let again = wrong.count > 1 && wrong.count < rows.count ? "\nof these are wrong\n" + wrong.table.text : ""
        return title + rows.table.text + again + "\n" + Finding.report([verdict])
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
