package import DataParallel
package import Mixing

/// What a mixing strategy remembers, as a part of the run's state: a list of numbers a slot, `student.mixing.<slot>`.
package final class MixingMemory: CheckpointPart {
    private let strategy: any RememberingStrategy
    private let slots: Range<Int>
    private let name: String
    private var before: [[UInt8]] = []

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
        let before = slots.map { RememberedNumbers.numbers(strategy.memory(ofSlot: $0)) }
        var lists = before
        try state.slots("student.\(name)", slots, &lists)
        for (slot, (numbers, old)) in zip(slots, zip(lists, before)) where numbers != old {
            do throws(MixingMemoryError) {
                guard let bytes = RememberedNumbers.bytes(numbers) else {
                    throw MixingMemoryError(slot: slot, "it is not bytes")
                }
                try strategy.restore(bytes, ofSlot: slot)
            } catch { throw CheckpointError(.unfit, path: "student.\(name).\(slot)", "\(error)") }
        }
    }

    package func rememberStep() { before = memories }

    package func takeBackStep() {
        for (slot, memory) in zip(slots, before) {
            do throws(MixingMemoryError) { try strategy.restore(memory, ofSlot: slot) } catch {
                preconditionFailure("MixingMemory: a strategy does not know its own memory: \(error)")
            }
        }
    }
}
