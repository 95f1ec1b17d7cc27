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
            Engine.download([hostCopy(range, to: buffer)])
            initialized = range.count
        }
        return values
    }

    /// All elements of two arrays; the host waits once.
    package static func hostValues<Other>(
        _ first: DeviceArray, _ second: DeviceArray<Other>
    ) -> ([Element], [Other]) {
        var others: [Other] = []
        let values = [Element](unsafeUninitializedCapacity: first.count) { buffer, initialized in
            others = [Other](unsafeUninitializedCapacity: second.count) { other, otherInitialized in
                Engine.download([
                    first.hostCopy(0..<first.count, to: buffer), second.hostCopy(0..<second.count, to: other),
                ])
                otherInitialized = second.count
            }
            initialized = first.count
        }
        return (values, others)
    }

    /// All elements of several arrays, one array after the other; the host waits once.
    package static func hostValues(_ arrays: [DeviceArray]) -> [Element] {
        let count = arrays.reduce(0) { $0 + $1.count }
        return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            var copies: [HostCopy] = []
            for array in arrays {
                let place = UnsafeMutableBufferPointer(rebasing: buffer[initialized..<initialized + array.count])
                copies.append(array.hostCopy(0..<array.count, to: place))
                initialized += array.count
            }
            Engine.download(copies)
        }
    }

    private func hostCopy(_ range: Range<Int>, to buffer: UnsafeMutableBufferPointer<Element>) -> HostCopy {
        let bytes = UnsafeMutableRawBufferPointer(
            rebasing: UnsafeMutableRawBufferPointer(buffer)[..<byteCount(range)])
        return HostCopy(memory, from: firstByte + range.lowerBound * MemoryLayout<Element>.stride, to: bytes)
    }

    var firstByte: Int { offset * MemoryLayout<Element>.stride }

    private func byteCount(_ range: Range<Int>) -> Int { range.count * MemoryLayout<Element>.stride }
}
