public import TensorEngine

/// The gradients of a `ParameterSet` in its order, in pieces that take memory from the first contribution until they
/// are cleared.
///
/// A backward pass frees activations while gradients arrive, so a step needs memory for the most of both at one time,
/// not for the most of each. Pieces are cut from the end, because a backward pass finishes the last layers first: each
/// can travel to other ranks as soon as it is whole.
public final class FlatGradients {
    /// Some parameters side by side; one parameter is never divided.
    public struct Piece: Sendable {
        /// Elements of the flat order.
        public let range: Range<Int>
        /// Indices of the parameters.
        public let entries: Range<Int>
    }

    /// In the flat order.
    public let pieces: [Piece]
    /// For each parameter the piece that has its gradient.
    public let pieceOfEntry: [Int]
    private var memory: [Tensor?]

    /// - Parameters:
    ///   - ranges: of the parameters, one after another.
    ///   - pieceBytes: the size a piece should have.
    init(of ranges: [Range<Int>], pieceBytes: Int) {
        precondition(pieceBytes > 0, "FlatGradients: pieceBytes must be positive, got \(pieceBytes)")
        var pieces: [Piece] = []
        var end = (element: ranges.last?.upperBound ?? 0, entry: ranges.count)
        for (index, range) in ranges.enumerated().reversed() {
            let bytes = (end.element - range.lowerBound) * MemoryLayout<Float>.stride
            guard bytes >= pieceBytes || index == 0 else { continue }
            pieces.append(Piece(range: range.lowerBound..<end.element, entries: index..<end.entry))
            end = (range.lowerBound, index)
        }
        self.pieces = pieces.reversed()
        pieceOfEntry = self.pieces.enumerated().flatMap { [Int](repeating: $0, count: $1.entries.count) }
        memory = [Tensor?](repeating: nil, count: pieces.count)
    }

    /// The number of elements of all pieces.
    public var count: Int { pieces.last?.range.upperBound ?? 0 }

    /// The gradients of a piece, `[range.count]`; zeros where none has arrived.
    public subscript(piece index: Int) -> Tensor {
        if let tensor = memory[index] { return tensor }
        let tensor = Tensor.zeros([pieces[index].range.count])
        memory[index] = tensor
        return tensor
    }

    /// All pieces, in the flat order.
    public var all: [Tensor] { pieces.indices.map { self[piece: $0] } }

    /// Where the gradient of a parameter is added up.
    func place(ofEntry entry: Int, from start: Int, shape: [Int]) -> Tensor {
        let index = pieceOfEntry[entry]
        return self[piece: index].view(from: start - pieces[index].range.lowerBound, shape: shape)
    }

    /// Every gradient is zero, and takes no memory.
    func clear() {
        for index in memory.indices { memory[index] = nil }
    }

    /// All elements, on the host.
    public func values() -> [Float] { all.flatMap { $0.values() } }

    /// Overwrites all elements.
    ///
    /// - Precondition: as many.
    public func assign(_ source: Tensor) {
        precondition(source.count == count, "FlatGradients: \(source.count) elements for \(count)")
        for (index, piece) in pieces.enumerated() {
            self[piece: index].assign(source.view(from: piece.range.lowerBound, shape: [piece.range.count]))
        }
    }
}
