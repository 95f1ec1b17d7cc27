package import DataParallel
package import Mixing

/// What a mixing strategy remembers, as a part of the run's state: a list of numbers a slot, `student.mixing.<slot>`.
///
/// Bytes travel three in a number, below 2^24 and so exact, after two numbers for how many there are.
package final class MixingMemory: CheckpointPart {
    private let strategy: any RememberingStrategy
    private let slots: Range<Int>
    private let name: String

    /// - Parameters:
    ///   - slots: of this student.
    ///   - name: between `student` and the slot, where a method has several strategies.
    /// - Returns: nil for a strategy that remembers nothing.
    package init?(of strategy: any MixingStrategy, slots: Range<Int>, named name: String = "mixing") {
        guard let strategy = strategy as? any RememberingStrategy else { return nil }
        self.strategy = strategy
        self.slots = slots
        self.name = name
    }

    /// What is remembered, slot by slot.
    package var memories: [[UInt8]] { slots.map { strategy.memory(ofSlot: $0) } }

    /// Whether it is that of a strategy.
    package func isOf(_ other: any RememberingStrategy) -> Bool { strategy === other }

    package var partName: String { "what mixing remembers" }

    package func visit(_ state: inout PartState) throws(CheckpointError) {
        let before = slots.map { Self.numbers(strategy.memory(ofSlot: $0)) }
        var lists = before
        try state.slots("student.\(name)", slots, &lists)
        for (slot, (numbers, old)) in zip(slots, zip(lists, before)) where numbers != old {
            do throws(MixingMemoryError) {
                guard let bytes = Self.bytes(numbers) else { throw MixingMemoryError(slot: slot, "it is not bytes") }
                try strategy.restore(bytes, ofSlot: slot)
            } catch { throw CheckpointError(.unfit, path: "student.\(name).\(slot)", "\(error)") }
        }
    }

    private static func numbers(_ bytes: [UInt8]) -> [Float] {
        var numbers = [Float(bytes.count >> 24), Float(bytes.count & 0xFF_FFFF)]
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            numbers.append(Float(part.reversed().reduce(0) { $0 << 8 | Int($1) }))
        }
        return numbers
    }

    private static func bytes(_ numbers: [Float]) -> [UInt8]? {
        let parts = numbers.map { Int(exactly: $0) ?? -1 }
        guard parts.count >= 2, parts.allSatisfy({ (0..<1 << 24).contains($0) }) else { return nil }
        let count = parts[0] << 24 | parts[1]
        guard parts.count - 2 == (count + 2) / 3 else { return nil }
        let bytes = parts.dropFirst(2).flatMap { part in (0..<3).map { UInt8(truncatingIfNeeded: part >> (8 * $0)) } }
        return Array(bytes.prefix(count))
    }
}
