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
    /// Where operands lose digits, with the sizes of the numbers; nil where the two sides make the same.
    private let sizes: Side?
    private let precision: Precision
    /// Stands behind the name of each call.
    private let remark: String
    private let leastSeconds: Double

    /// - Parameters:
    ///   - leastSeconds: for which a call is repeated to be timed; 0 for once.
    ///   - remark: tells the rows of several examinations apart.
    ///   - precision: of the device's products. Where it is not `fp32` and operands are `.random`, results may differ by
    ///   what rounding does to sums of products, which the cases then have to be.
    package init(
        of device: any Backend, against reference: any Backend, leastSeconds: Double = 0, remark: String = "",
        operands: Operands = .random, precision: Precision = .fp32
    ) {
        (self.device, self.reference) = (Side(device, operands: operands), Side(reference, operands: operands))
        (self.leastSeconds, self.remark, self.precision) = (leastSeconds, remark, precision)
        sizes = precision != .fp32 && operands == .random ? Side(reference, operands: .sizes) : nil
    }

    /// Runs all calls of a case on both, each on what the calls before it have made on its side.
    package func rows(of example: KernelCase) -> [Row] {
        let (expected, actual) = (example.calls(reference), example.calls(device))
        let sizes = sizes.map(example.calls)
        precondition(expected.count == actual.count, "\(example): has as many calls on each device")
        return actual.indices.map { index in
            let (expected, actual) = (expected[index], actual[index])
            expected.run()
            actual.run()
            sizes?[index].run()
            let worst = worst(actual, expected, sizes: sizes?[index])
            return Row(
                operation: actual.operation + remark, size: example.size, difference: worst.difference,
                allowed: worst.allowed, seconds: seconds(actual), flops: actual.flops, bytes: actual.bytes)
        }
    }

    /// Of the result that comes nearest to what is allowed, or goes furthest beyond.
    private func worst(
        _ actual: KernelCall, _ expected: KernelCall, sizes: KernelCall?
    ) -> (difference: Double, allowed: Double) {
        let (here, there, sizes) = (expected.results(), actual.results(), sizes?.results())
        precondition(!here.isEmpty, "\(expected.operation): compares nothing")
        let all = here.map { name, array in
            let values = reference.values(array)
            let allowed = expected.comparison.allowed + change(of: values, sizes?[name])
            guard let other = there[name] else { return (difference: Double.infinity, allowed: allowed) }
            return (expected.comparison.difference(device.values(other), values), allowed)
        }
        func share(_ result: (difference: Double, allowed: Double)) -> Double {
            result.difference == 0 ? 0 : result.difference / result.allowed
        }
        return all.max { share($0) < share($1) } ?? (.infinity, 0)
    }

    /// What rounding the operands changes a result by, at most and relative to its largest value: a sum of products by
    /// a share of the same sum over the sizes of the products.
    private func change(of values: [Float], _ sizes: FloatArray?) -> Double {
        guard let sizes, let side = self.sizes else { return 0 }
        let largest = { (numbers: [Float]) in Double(numbers.reduce(0) { max($0, abs($1)) }) }
        return precision.changeOfProducts * largest(side.values(sizes))
            / max(largest(values), Double(Float.leastNormalMagnitude))
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
