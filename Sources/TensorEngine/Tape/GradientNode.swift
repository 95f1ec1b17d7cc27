package import DeviceSeam
internal import Synchronization

/// One operation on the tape: who made a tensor, and how its gradient becomes gradients of the inputs.
package final class GradientNode {
    /// Gradients of the inputs from the gradient of the output, one for each input; `nil` where none is needed, or
    /// where the rule has added it to its place.
    package typealias Rule = (_ upstream: Tensor, _ needs: GradientNeeds) -> [Tensor?]

    /// Position on the tape. Inputs always come before outputs.
    let sequence: Int
    var inputs: [GradientNode?]
    /// `nil` for a leaf, and after the backward pass has used it.
    var rule: Rule?
    /// Sum of the gradients that have arrived.
    var gradient: Tensor?
    /// Gives the memory a leaf adds to, when it has one of its own.
    var accumulator: (() -> Tensor)?
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
            accumulator().addInPlace(contribution)
        } else if var sum = gradient {
            gradient = nil
            if isKnownUniquelyReferenced(&sum.array.memory) {
                sum.addInPlace(contribution)
                gradient = sum
            } else {
                gradient = Tensor.elementwise(.add, sum, contribution.reshapedOffTape(sum.shape))
            }
        } else {
            gradient = contribution.detached()
        }
    }
}

/// Which gradients a rule has to give, and where those of parameters go.
package struct GradientNeeds {
    private let inputs: [GradientNode?]

    init(_ inputs: [GradientNode?]) { self.inputs = inputs }

    package var count: Int { inputs.count }

    /// Whether the gradient of an input is needed.
    package subscript(_ input: Int) -> Bool { inputs.indices.contains(input) && inputs[input] != nil }

    /// Where a kernel leaves the gradient of an input: added to memory that its owner has for it, or else in a new
    /// tensor of `shape`; `nil` where it is not needed.
    ///
    /// The rule must make use of the place, and answer with its `result`.
    package func place(_ input: Int, shape: [Int]) -> GradientPlace? {
        guard self[input], let node = inputs[input] else { return nil }
        if let accumulator = node.accumulator?() {
            precondition(
                accumulator.count == shape.reduce(1, *),
                "gradient memory \(accumulator.shape) does not fit \(shape)")
            return GradientPlace(
                sum: GradientSum(accumulator.array.view(from: 0, shape: shape), adds: true), result: nil)
        }
        let fresh = Tensor(uninitialized: shape)
        return GradientPlace(sum: GradientSum(fresh.array, adds: false), result: fresh)
    }
}

/// Where a gradient goes, and what a rule has to answer for it.
package struct GradientPlace {
    package let sum: GradientSum
    package let result: Tensor?
}
