/// A tensor that a gradient rule needs in the backward pass: its elements, or where they are cheap to make again from
/// what the tape holds anyway, only how (rematerialisation, Chen et al., arXiv:1604.06174).
///
/// A rule takes it once, and so does the remaking of its output where there is one. The bytes are made for the first
/// that takes them and stay until the last one has.
package final class Kept {
    /// Shape of the tensor.
    package let shape: [Int]
    private var tensor: Tensor?
    private var recipe: Recipe?
    /// Calls of `take` that may come.
    private var uses: Int

    /// - Parameter uses: how often it will be taken at most.
    package init(_ tensor: Tensor, uses: Int = 1) {
        shape = tensor.shape
        self.uses = uses
        if let recipe = tensor.recipe {
            recipe.uses += uses
            self.recipe = recipe
        } else {
            self.tensor = tensor.detached()
        }
    }

    deinit { for _ in 0..<uses { recipe?.dropUse() } }

    /// The tensor, off the tape; after the last call it is not kept any longer.
    ///
    /// - Precondition: not more calls than uses.
    package func take() -> Tensor {
        precondition(uses > 0, "a tensor of shape \(shape) was kept for fewer uses than it found")
        uses -= 1
        defer { if uses == 0 { (tensor, recipe) = (nil, nil) } }
        guard let result = tensor ?? recipe?.take(shape: shape) else {
            preconditionFailure("a tensor of shape \(shape) was taken after its last use")
        }
        return result
    }
}

/// How the elements of a tensor on the tape are made again.
package final class Recipe {
    private let make: () -> Tensor
    /// Rules and recipes that still wait for the elements.
    fileprivate var uses = 0
    private var made: Tensor?

    init(_ make: @escaping () -> Tensor) { self.make = make }

    fileprivate func take(shape: [Int]) -> Tensor {
        let result = made ?? make()
        made = result
        dropUse()
        return result.reshapedOffTape(shape)
    }

    fileprivate func dropUse() {
        uses -= 1
        if uses == 0 { made = nil }
    }
}
