extension TorchTensor {
    /// Whether all elements lie inside the storage, whose elements are counted in those of the tensor.
    func isInside(_ storage: TorchStorage) -> Bool {
        guard offset >= 0, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }), let count = checkedCount
        else { return false }
        if count == 0 { return true }
        var last = offset
        for (size, stride) in zip(shape, strides) {
            let (step, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
            let (sum, overflowToo) = last.addingReportingOverflow(step)
            guard !overflow, !overflowToo else { return false }
            last = sum
        }
        guard last < Int.max, !(last + 1).multipliedReportingOverflow(by: type?.byteCount ?? 1).overflow else {
            return false
        }
        let isInBytes = storage.type == nil && type != nil
        return last < (isInBytes ? storage.count / (type?.byteCount ?? 1) : storage.count)
    }

    /// Number of elements; nil where it is beyond `Int`.
    private var checkedCount: Int? {
        var count = 1
        for size in shape where size > 0 {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow else { return nil }
            count = product
        }
        return shape.contains(0) ? 0 : count
    }

    /// Elements from the first to the last, of a tensor that is not empty.
    var span: Range<Int> {
        offset..<offset + 1 + zip(shape, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
    }

    /// Whether neighbours in row-major order are neighbours in the storage.
    var isContiguous: Bool {
        var expected = 1
        for (size, stride) in zip(shape, strides).reversed() where size != 1 {
            guard stride == expected else { return false }
            expected *= size
        }
        return true
    }

    /// The values in row-major order, out of those of `span`.
    func gathered<Value>(_ values: [Value]) -> [Value] {
        var result: [Value] = []
        result.reserveCapacity(shape.reduce(1, *))
        var index = [Int](repeating: 0, count: shape.count)
        var place = 0
        while true {
            result.append(values[place])
            var axis = shape.count - 1
            while axis >= 0 {
                index[axis] += 1
                place += strides[axis]
                if index[axis] < shape[axis] { break }
                place -= index[axis] * strides[axis]
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return result }
        }
    }
}
