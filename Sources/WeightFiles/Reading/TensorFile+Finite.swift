extension TensorFile {
    /// The values of a floating-point tensor, or a run of them, in row-major order, all of them finite.
    ///
    /// - Throws: `WeightsError` as `floats`, and `notFinite` naming the first value that is not, or that single
    ///   precision cannot hold.
    public func finiteFloats(
        _ name: String, elements: Range<Int>? = nil,
        remedy: String = "the file is damaged, or was saved by a run that had diverged: take an earlier one"
    ) throws(WeightsError) -> [Float] {
        let values = try floats(name, elements: elements)
        guard let index = values.firstNotFinite else { return values }
        let place = index + (elements?.lowerBound ?? 0)
        throw WeightsError(
            .notFinite, file: path, tensor: name,
            "has \(values[index]) at element \(place) of \(try entry(name).elementCount); \(remedy)")
    }
}

extension [Float] {
    /// Place of the first infinity or not-a-number.
    var firstNotFinite: Int? {
        // All values at once first, which the compiler turns into a few vector instructions.
        let exponents: UInt32 = 0x7F80_0000
        let largest = withUnsafeBufferPointer { values in
            values.reduce(into: 0 as UInt32) { $0 = Swift.max($0, $1.bitPattern & 0x7FFF_FFFF) }
        }
        return largest < exponents ? nil : firstIndex { !$0.isFinite }
    }
}
