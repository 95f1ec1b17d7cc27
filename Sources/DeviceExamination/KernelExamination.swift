package import Basics
package import DeviceSeam

/// Every facet of a device against the CPU's in the same process: what a call makes on one must be what it makes on the
/// other.
package struct KernelExamination {
    /// One call, and how it went.
    package struct Row: Sendable {
        package let operation: String
        /// Of its operands.
        package let size: String
        /// As the call's comparison has it; infinite where there is no number, or no result.
        package let difference: Double
        package let allowed: Double
        /// The device's own, of one call.
        package let seconds: Double
        package let flops: Double
        package let bytes: Double

        package var isRight: Bool { difference <= allowed }
    }

    private let reference: Side
    private let device: Side
    /// Stands behind the name of each call.
    private let remark: String
    private let leastSeconds: Double

    /// - Parameters:
    ///   - leastSeconds: for which a call is repeated to be timed; 0 for once.
    ///   - remark: tells the rows of several examinations apart.
    package init(
        of device: any Backend, against reference: any Backend, leastSeconds: Double = 0, remark: String = ""
    ) {
        (self.device, self.reference) = (Side(device), Side(reference))
        (self.leastSeconds, self.remark) = (leastSeconds, remark)
    }

    /// Runs all calls of a case on both, each on what the calls before it have made on its side.
    package func rows(of example: KernelCase) -> [Row] {
        let (expected, actual) = (example.calls(reference), example.calls(device))
        precondition(expected.count == actual.count, "\(example): has as many calls on each device")
        return zip(expected, actual).map { expected, actual in
            expected.run()
            actual.run()
            let difference = difference(actual, expected)
            return Row(
                operation: actual.operation + remark, size: example.size, difference: difference,
                allowed: actual.comparison.allowed, seconds: seconds(actual), flops: actual.flops, bytes: actual.bytes)
        }
    }

    /// The largest over all results.
    private func difference(_ actual: KernelCall, _ expected: KernelCall) -> Double {
        let (here, there) = (expected.results(), actual.results())
        precondition(!here.isEmpty, "\(expected.operation): compares nothing")
        return here.reduce(0) { worst, result in
            guard let other = there[result.key] else { return .infinity }
            return max(
                worst, expected.comparison.difference(device.values(other), reference.values(result.value)))
        }
    }

    private func seconds(_ call: KernelCall) -> Double {
        let once = timed(1, call)
        guard once < leastSeconds else { return once }
        let count = min(200, Int(leastSeconds / max(once, 1e-6)) + 1)
        return timed(count, call) / Double(count)
    }

    private func timed(_ count: Int, _ call: KernelCall) -> Double {
        func run() { for _ in 0..<count { call.run() } }
        if let clock = device.backend.workClock { return clock.seconds(of: run) }
        let start = MonotonicClock.seconds
        run()
        return MonotonicClock.seconds - start
    }
}

extension KernelExamination.Row {
    /// The header of a table of rows.
    package static let header = ["operation", "operands", "difference", "allowed", "ms", "GFLOP/s", "GB/s", ""]

    package var cells: [String] {
        let rate = { (work: Double) in
            work > 0 && self.seconds > 0 ? NumberText.fixed(work / self.seconds * 1e-9, digits: 2) : ""
        }
        return [
            operation, size, difference.isFinite ? NumberText.significant(difference) : "no number",
            NumberText.significant(allowed), NumberText.significant(seconds * 1000), rate(flops),
            flops > 0 ? "" : rate(bytes), isRight ? "ok" : "WRONG",
        ]
    }
}

extension [KernelExamination.Row] {
    package var table: TextTable {
        var table = TextTable(header: KernelExamination.Row.header)
        // All sizes of an operation stand together.
        var order: [String: Int] = [:]
        for row in self where order[row.operation] == nil { order[row.operation] = order.count }
        let sorted = enumerated().sorted {
            let (left, right) = (order[$0.element.operation] ?? 0, order[$1.element.operation] ?? 0)
            return (left, $0.offset) < (right, $1.offset)
        }
        for row in sorted { table.append(row.element.cells) }
        return table
    }
}
