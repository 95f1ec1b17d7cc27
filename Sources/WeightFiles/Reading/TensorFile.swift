/// A file of named tensors, open for reading, whatever its format. `WeightsFile.open` recognises which it is.
public protocol TensorFile: Sendable {
    /// Path it was opened with.
    var path: String { get }
    /// Names of the tensors, in the order of the file.
    var names: [String] { get }
    /// Free texts beside the tensors; empty in formats that have none.
    var metadata: [String: String] { get }

    /// Whether there is a tensor of that name.
    func contains(_ name: String) -> Bool

    /// Type and shape of a tensor.
    ///
    /// - Throws: `WeightsError` where there is none of that name, or it is of a kind that is not read.
    func entry(_ name: String) throws(WeightsError) -> TensorEntry

    /// The values of a floating-point tensor, or a run of them, in row-major order. Double precision is rounded.
    ///
    /// - Precondition: `elements` lies inside the tensor.
    func floats(_ name: String, elements: Range<Int>?) throws(WeightsError) -> [Float]

    /// The values of an integer tensor, or a run of them, in row-major order; truth values give 0 and 1.
    ///
    /// - Precondition: `elements` lies inside the tensor.
    func integers(_ name: String, elements: Range<Int>?) throws(WeightsError) -> [Int64]
}

extension TensorFile {
    /// All values of a floating-point tensor.
    public func floats(_ name: String) throws(WeightsError) -> [Float] { try floats(name, elements: nil) }

    /// All values of an integer tensor.
    public func integers(_ name: String) throws(WeightsError) -> [Int64] { try integers(name, elements: nil) }
}

/// One tensor of a file, before its values are read.
public struct TensorEntry: Sendable, Equatable {
    public let name: String
    public let type: SafeTensorsType
    /// Sizes as stored, outermost first; empty for a scalar.
    public let shape: [Int]

    /// Number of elements, 1 for a scalar.
    public var elementCount: Int { shape.reduce(1, *) }

    /// The elements that are asked for, all where nil.
    func run(_ elements: Range<Int>?) -> Range<Int> {
        let all = 0..<elementCount
        guard let elements else { return all }
        precondition(
            elements.lowerBound >= 0 && elements.upperBound <= all.upperBound,
            "TensorFile: elements \(elements) of '\(name)' lie outside \(all)")
        return elements
    }
}
