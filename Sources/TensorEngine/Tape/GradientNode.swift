internal import Synchronization

/// One operation on the tape: who made a tensor, and how its gradient becomes gradients of the inputs.
package final class GradientNode {
    /// Gradients of the inputs from the gradient of the output, one for each input, `nil` where none is needed.
    package typealias Rule = (_ upstream: Tensor, _ needs: [Bool]) -> [Tensor?]

    /// Position on the tape. Inputs always come before outputs.
    let sequence: Int
    var inputs: [GradientNode?]
    /// `nil` for a leaf, and after the backward pass has used it.
    var rule: Rule?
    /// Sum of the gradients that have arrived.
    var gradient: Tensor?
    /// Memory a leaf adds to, when it has one of its own.
    var accumulator: Tensor?
    /// Called once a leaf has its whole gradient of a backward pass.
    var whenComplete: (() -> Void)?
    /// Contributions that have still to arrive in the running backward pass.
    var pending = 0

    private static let counter = Atomic<Int>(0)

    init(inputs: [GradientNode?], rule: Rule?) {
        sequence = Self.counter.add(1, ordering: .relaxed).newValue
        self.inputs = inputs
        self.rule = rule
        isLeaf = rule == nil
    }

    /// Whether the node stands for a value that was given rather than computed.
    let isLeaf: Bool

    /// Adds a contribution, in place where the sum is ours alone.
    func accumulate(_ contribution: Tensor) {
        if let accumulator {
            Engine.backend.add(contribution, into: accumulator)
        } else if var sum = gradient {
            gradient = nil
            if isKnownUniquelyReferenced(&sum.memory) {
                Engine.backend.add(contribution, into: sum)
                gradient = sum
            } else {
                let fresh = Tensor(uninitialized: sum.shape)
                Engine.backend.binary(.add, sum, contribution, into: fresh)
                gradient = fresh
            }
        } else {
            gradient = contribution.detached()
        }
    }
}
