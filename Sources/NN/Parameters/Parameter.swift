public import TensorEngine

/// A weight that training changes: a value, and the gradient that backward passes add up.
///
/// A parameter may live in memory of its own or, as part of a `ParameterSet`, in a shared flat buffer.
public final class Parameter {
    /// The value as a leaf of the tape.
    public private(set) var value: Tensor
    /// Whether the optimiser may change it and gradients are wanted.
    public var isTrainable: Bool { didSet { attach() } }
    /// Sum of the gradients since its memory was cleared; `nil` before the first backward pass.
    public var gradient: Tensor? { value.gradient }

    private var accumulator: (() -> Tensor)?
    private var whenComplete: (() -> Void)?

    /// A trainable parameter with this first value.
    public init(_ value: Tensor) {
        self.value = value.trackingGradient()
        isTrainable = true
    }

    public var shape: [Int] { value.shape }
    public var count: Int { value.count }

    /// Overwrites the value in place.
    ///
    /// - Precondition: the counts are equal.
    public func assign(_ newValue: Tensor) { value.assign(newValue) }

    /// Moves value and gradient into memory that somebody else owns, keeping the value.
    ///
    /// - Parameters:
    ///   - value: as many elements as the parameter.
    ///   - gradient: gives memory of as many elements, to which backward passes add. `nil` for one that is not
    ///     trainable.
    ///   - whenComplete: called in each backward pass once the gradient has its last contribution.
    package func move(to value: Tensor, gradient: (() -> Tensor)?, whenComplete: (() -> Void)? = nil) {
        value.assign(self.value)
        self.value = value
        accumulator = gradient
        self.whenComplete = whenComplete
        attach()
    }

    private func attach() {
        if !isTrainable {
            value = value.detached()
        } else if let accumulator {
            value = value.trackingGradient(into: accumulator, whenComplete: whenComplete)
        } else {
            value = value.trackingGradient()
        }
    }
}
