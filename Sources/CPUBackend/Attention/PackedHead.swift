internal import DeviceSeam

/// Keys and values of a head, laid out as right factors of products.
struct PackedHead {
    enum Factor {
        /// `[headSize, keyCount]`
        case keysTransposed, valuesTransposed
        /// `[keyCount, headSize]`
        case keys, values
    }

    private let layout: Layout
    private let memory: UnsafeMutablePointer<Float>

    /// Factors that lie in `memory` already.
    private init(_ layout: Layout, in memory: UnsafeMutablePointer<Float>) {
        self.layout = layout
        self.memory = memory
    }

    subscript(factor: Factor) -> PanelMatrix {
        PanelMatrix(layout.place(factor, in: memory), inner: layout.inner(factor), columns: layout.columns(factor))
    }

    /// Which factors of a head lie where in its memory.
    struct Layout {
        private let factors: [Factor]
        private let (headSize, keyCount): (Int, Int)
        private let floatsPerFactor: Int

        init(_ factors: [Factor], _ heads: AttentionPointers) {
            self.factors = factors
            (headSize, keyCount) = (heads.headSize, heads.keyCount)
            floatsPerFactor = max(
                PanelMatrix.floats(inner: headSize, columns: keyCount),
                PanelMatrix.floats(inner: keyCount, columns: headSize))
        }

        /// Of one head.
        var floats: Int { factors.count * floatsPerFactor }

        /// Lays the factors of a head out.
        func pack(_ head: Int, of heads: AttentionPointers, in memory: UnsafeMutablePointer<Float>) -> PackedHead {
            for factor in factors {
                let matrix = switch factor {
                case .keysTransposed: heads.keys(head).transposed
                case .valuesTransposed: heads.values(head).transposed
                case .keys: heads.keys(head)
                case .values: heads.values(head)
                }
                _ = PanelMatrix(
                    matrix, inner: inner(factor), columns: columns(factor), in: place(factor, in: memory))
            }
            return PackedHead(self, in: memory)
        }

        /// All heads, for tiles that are parts of heads.
        func packAll(_ heads: AttentionPointers, on backend: CPUBackend) -> PackedHeads {
            let packed = PackedHeads(layout: self, memory: backend.floats([heads.headCount, floats]))
            backend.threads.parallelFor(heads.headCount) { range in
                for head in range { _ = pack(head, of: heads, in: packed.memory.floats + head * floats) }
            }
            return packed
        }

        fileprivate func packed(in memory: UnsafeMutablePointer<Float>) -> PackedHead { PackedHead(self, in: memory) }

        fileprivate func inner(_ factor: Factor) -> Int { isTransposed(factor) ? headSize : keyCount }
        fileprivate func columns(_ factor: Factor) -> Int { isTransposed(factor) ? keyCount : headSize }

        private func isTransposed(_ factor: Factor) -> Bool {
            factor == .keysTransposed || factor == .valuesTransposed
        }

        fileprivate func place(
            _ factor: Factor, in memory: UnsafeMutablePointer<Float>
        ) -> UnsafeMutablePointer<Float> {
            guard let index = factors.firstIndex(of: factor) else {
                preconditionFailure("attention: \(factor) was not laid out")
            }
            return memory + index * floatsPerFactor
        }
    }
}

/// The factors of all heads.
struct PackedHeads {
    fileprivate let layout: PackedHead.Layout
    fileprivate let memory: FloatArray

    subscript(head: Int) -> PackedHead { layout.packed(in: memory.floats + head * layout.floats) }
}
