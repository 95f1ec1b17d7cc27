/// A tensor that a gradient rule needs in the backward pass: its elements, or where they are cheap to make again from
/// what the tape holds anyway, only how (rematerialisation, Chen et al., arXiv:1604.06174).
///
/// A rule takes it once. The bytes are made for the first rule that takes them and stay until the last one has.
package final class Kept {
    /// Shape of the tensor.
    package let shape: [Int]
    private var tensor: Tensor?
    private var recipe: Recipe?

    package init(_ tensor: Tensor) {
        shape = tensor.shape
        if let recipe = tensor.recipe {
            recipe.uses += 1
            self.recipe = recipe
        } else {
            self.tensor = tensor.detached()
        }
    }

    deinit { recipe?.dropUse() }

    /// The tensor, off the tape; it is not kept any longer.
    ///
    /// - Precondition: the first call.
    package func take() -> Tensor {
        defer { (tensor, recipe) = (nil, nil) }
        guard let result = tensor ?? recipe?.take(shape: shape) else {
            preconditionFailure("a gradient rule took a tensor of shape \(shape) twice")
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
