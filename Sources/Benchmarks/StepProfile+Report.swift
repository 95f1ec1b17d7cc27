internal import Basics

extension StepProfile {
    /// Rows below this share of the step are shown as one.
    private static let leastShare = 0.003

    /// Operations, phases and limits as tables of at most 110 columns (longer where shapes are told apart).
    public var text: String { operationTable.text + "\n" + phaseTable.text + "\n" + summary }

    private var operationTable: TextTable {
        var table = TextTable(
            header: ["operation", "phase", "calls", "ms", "share", "GFLOP/s", "GB/s", "of limit"])
        let shown = rows.filter { $0.seconds >= Self.leastShare * stepSeconds }
        for row in shown { table.append(cells(row)) }
        let small = rows.filter { $0.seconds < Self.leastShare * stepSeconds }
        if !small.isEmpty {
            let seconds = small.reduce(0) { $0 + $1.seconds }
            let calls = small.reduce(0) { $0 + $1.calls }
            table.append([
                "\(small.count) smaller rows", "", Self.count(calls), Self.milliseconds(seconds), share(seconds), "",
                "", "",
            ])
        }
        table.appendRule()
        table.append([
            "step", "", Self.count(rows.reduce(0) { $0 + $1.calls }), Self.milliseconds(stepSeconds),
            share(stepSeconds), Self.billions(rows.reduce(0) { $0 + $1.flops } / stepSeconds), "", "",
        ])
        return table
    }

    private func cells(_ row: Row) -> [String] {
        let shapes = row.shapes.map { $0.map(String.init).joined(separator: "x") }.joined(separator: " ")
        return [
            row.shapes.isEmpty ? row.name : "\(row.name) (\(shapes))", row.phase,
            row.name == Self.outside ? "" : Self.count(row.calls), Self.milliseconds(row.seconds), share(row.seconds),
            row.flops > 0 ? Self.billions(row.flops / row.seconds) : "",
            row.bytes > 0 ? Self.billions(row.bytes / row.seconds) : "",
            shareOfLimit(row).map { Self.percent($0, digits: 0) } ?? "",
        ]
    }

    private var phaseTable: TextTable {
        var table = TextTable(header: ["phase", "ms", "share", "in operations", "GFLOP/s"])
        for phase in groups {
            let inside = rows.filter { $0.phase == phase }
            let seconds = inside.reduce(0) { $0 + $1.seconds }
            guard seconds > 0 else { continue }
            let operations = inside.reduce(0) { $0 + ($1.name == Self.outside ? 0 : $1.seconds) }
            let flops = inside.reduce(0) { $0 + $1.flops }
            table.append([
                phase, Self.milliseconds(seconds), share(seconds), Self.percent(operations / seconds, digits: 1),
                flops > 0 ? Self.billions(flops / seconds) : "",
            ])
        }
        return table
    }

    private var summary: String {
        let gigaflops = NumberText.significant(productFlops * 1e-9)
        let least = Self.milliseconds(productFlops / limits.flopsPerSecond)
        let isOfDevice = clock == "device"
        let place = isOfDevice ? "on this device" : "with these threads"
        let whose =
            isOfDevice
            ? """
            times are the device's own, from the moment it came to a call until it was through with it; where it had
            nothing to do, that has the host's time to tell it. Outside of operations it copied, or had nothing to do.

            """ : ""
        return whose + """
            limits, measured \(place): \(MatrixProductBenchmark.name) \(Self.billions(limits.flopsPerSecond)) GFLOP/s, \
            memory \(Self.billions(limits.bytesPerSecond)) GB/s
            products, convolutions and attention: \(gigaflops) GFLOP a step, \(least) ms at the limit of that, \
            \(Self.percent(productShare, digits: 1)) of the step
            linear includes 1x1 convolutions. FLOPs are those of the direct algorithm (Winograd convolutions can exceed
            100 % of the limit), bytes count every operand once (operands that stay in cache can exceed it, too).

            """
    }

    private func share(_ seconds: Double) -> String { Self.percent(seconds / stepSeconds, digits: 1) }

    private static func percent(_ share: Double, digits: Int) -> String {
        NumberText.fixed(100 * share, digits: digits) + " %"
    }

    private static func milliseconds(_ seconds: Double) -> String { NumberText.fixed(1e3 * seconds, digits: 2) }
    private static func billions(_ value: Double) -> String { NumberText.fixed(1e-9 * value, digits: 1) }
    private static func count(_ value: Double) -> String { NumberText.fixed(value, digits: 0) }
}

extension StepProfile {
    var json: JSONValue {
        [
            "clock": .string(clock), "sgemm_gflops": .number(limits.flopsPerSecond * 1e-9),
            "memory_gb_per_s": .number(limits.bytesPerSecond * 1e-9), "step_s": .number(stepSeconds),
            "product_gflop": .number(productFlops * 1e-9), "product_limit_share": .number(productShare),
            "operations": .array(rows.map(json)),
        ]
    }

    private func json(_ row: Row) -> JSONValue {
        [
            "operation": .string(row.name), "phase": .string(row.phase),
            "shapes": .array(row.shapes.map { .array($0.map { .integer($0) }) }), "calls": .number(row.calls),
            "seconds": .number(row.seconds), "gflop": .number(row.flops * 1e-9), "gb": .number(row.bytes * 1e-9),
            "of_limit": shareOfLimit(row).map { .number($0) } ?? .null,
        ]
    }
}
