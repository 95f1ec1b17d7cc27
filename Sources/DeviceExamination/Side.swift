package import DeviceSeam

/// One of two backends that are compared, with arrays whose contents depend on their seeds alone.
package struct Side {
    package let backend: any Backend
    /// What `random` makes.
    let operands: Operands

    package init(_ backend: any Backend, operands: Operands = .random) {
        (self.backend, self.operands) = (backend, operands)
    }

    package func array<Element: BitwiseCopyable>(_ values: [Element], _ shape: [Int]? = nil) -> DeviceArray<Element> {
        let bytes = values.count * MemoryLayout<Element>.stride
        let array = DeviceArray<Element>(
            shape: shape ?? [values.count], memory: backend.allocate(byteCount: bytes))
        values.withUnsafeBytes { backend.upload($0, to: array.memory, from: 0) }
        return array
    }

    /// Numbers of -1...1, as the side's operands are.
    package func random(_ shape: [Int], seed: UInt64, scale: Float = 1, shift: Float = 0) -> FloatArray {
        array(Noise.floats(shape.reduce(1, *), seed: seed).map { operands.of($0 * scale + shift) }, shape)
    }

    package func empty<Element: BitwiseCopyable>(_ type: Element.Type, _ shape: [Int]) -> DeviceArray<Element> {
        DeviceArray(
            shape: shape,
            memory: backend.allocate(byteCount: shape.reduce(1, *) * MemoryLayout<Element>.stride))
    }

    package func floats(_ shape: [Int]) -> FloatArray { empty(Float.self, shape) }

    package func faults() -> Faults { Faults(array([Int32](repeating: 0, count: Faults.Word.allCases.count))) }

    package func values<Element: BitwiseCopyable>(_ array: DeviceArray<Element>) -> [Element] {
        [Element](unsafeUninitializedCapacity: array.count) { buffer, count in
            let size = MemoryLayout<Element>.stride
            backend.download(
                array.memory, from: array.offset * size,
                to: UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[..<(array.count * size)]))
            count = array.count
        }
    }

    /// Numbers of another kind as floats, to be compared.
    package func asFloats<Element: BitwiseCopyable & BinaryInteger>(_ numbers: DeviceArray<Element>) -> FloatArray {
        array(values(numbers).map { Float($0) }, numbers.shape)
    }

    package func asFloats(_ numbers: SumArray) -> FloatArray {
        array(values(numbers).map { Float($0) }, numbers.shape)
    }

    /// An array that a gradient is added to.
    package func sum(_ shape: [Int], seed: UInt64) -> GradientSum {
        GradientSum(random(shape, seed: seed), adds: true)
    }
}

/// Numbers that depend on their seed alone.
package enum Noise {
    package static func floats(_ count: Int, seed: UInt64) -> [Float] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0xD1B5_4A32_D192_ED03
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
        }
    }

    package static func labels(_ count: Int, below limit: Int, seed: UInt64) -> [Int32] {
        floats(count, seed: seed).map { Int32(min(Float(limit - 1), ($0 + 1) / 2 * Float(limit))) }
    }
}
