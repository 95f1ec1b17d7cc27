public import TensorEngine

/// The parameters of a network in one flat buffer, with their gradients in the same order.
///
/// Optimisers, EMA, gradient all-reduce and checkpoints work on the flat buffers; layers go on using their parameters,
/// which become views.
public final class ParameterSet {
    /// One parameter's place in the flat buffers.
    public struct Entry {
        /// Dotted path inside the network.
        public let name: String
        public let shape: [Int]
        /// Elements `range` of the flat buffers.
        public let range: Range<Int>
    }

    public let entries: [Entry]
    /// All values one after another, `[count]`.
    public let values: Tensor
    /// All gradients in the same order. Backward passes add to them. Empty where no parameter is trainable.
    public let gradients: FlatGradients
    /// Called with an entry's index in each backward pass that reaches it, once its gradient is whole.
    public var whenComplete: ((Int) -> Void)?

    /// Moves the parameters of `module` into flat memory, in declaration order.
    ///
    /// - Parameter pieceBytes: the size in which gradients are held, and travel between ranks.
    public init(_ module: any Module, pieceBytes: Int = 8 << 20) {
        let named = module.namedParameters
        var start = 0
        var entries: [Entry] = []
        for (name, parameter) in named {
            entries.append(Entry(name: name, shape: parameter.shape, range: start..<start + parameter.count))
            start += parameter.count
        }
        self.entries = entries
        values = Tensor.zeros([start])
        let isTrainable = named.contains { $0.parameter.isTrainable }
        let gradients = FlatGradients(of: isTrainable ? entries.map(\.range) : [], pieceBytes: pieceBytes)
        self.gradients = gradients
        for (index, (_, parameter)) in named.enumerated() {
            let entry = entries[index]
            parameter.move(
                to: values.view(from: entry.range.lowerBound, shape: entry.shape),
                gradient: isTrainable
                    ? { gradients.place(ofEntry: index, from: entry.range.lowerBound, shape: entry.shape) } : nil,
                whenComplete: { [weak self] in self?.whenComplete?(index) })
        }
    }

    public var count: Int { values.count }

    /// Sets every gradient to zero; they take no memory until the next backward pass.
    public func clearGradients() { gradients.clear() }
}
