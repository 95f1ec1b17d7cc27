package import DeviceSeam

/// Arrays of the process's backend, and the ways between them and the host.
extension DeviceArray {
    /// An array whose elements have no defined value yet.
    ///
    /// - Precondition: no length is negative.
    package init(uninitialized shape: [Int]) {
        precondition(shape.allSatisfy { $0 >= 0 }, "Tensor: lengths must not be negative, got \(shape)")
        let byteCount = shape.reduce(1, *) * MemoryLayout<Element>.stride
        self.init(shape: shape, memory: Engine.run(.call("allocate")) { $0.allocate(byteCount: byteCount) })
    }

    /// Overwrites the elements with those of the host.
    func fill(from values: [Element]) {
        values.withUnsafeBytes { bytes in
            Engine.run(.call("upload", otherBytes: 2 * bytes.count)) { $0.upload(bytes, to: memory, from: firstByte) }
        }
    }

    /// Elements `range` in row-major order (all where nil). Waits for pending work of the device.
    package func hostValues(_ range: Range<Int>? = nil) -> [Element] {
        let range = range ?? 0..<count
        precondition(
            range.lowerBound >= 0 && range.upperBound <= count, "values: \(range) is outside of \(count) elements")
        let values = [Element](unsafeUninitializedCapacity: range.count) { buffer, initialized in
            let bytes = UnsafeMutableRawBufferPointer(
                rebasing: UnsafeMutableRawBufferPointer(buffer)[..<byteCount(range)])
            Engine.download(memory, from: firstByte + range.lowerBound * MemoryLayout<Element>.stride, to: bytes)
            initialized = range.count
        }
        return values
    }

    var firstByte: Int { offset * MemoryLayout<Element>.stride }

    private func byteCount(_ range: Range<Int>) -> Int { range.count * MemoryLayout<Element>.stride }
}
