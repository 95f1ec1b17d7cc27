public import WeightFiles

/// One vector a class from a text encoder: the table that pixel features are compared with.
///
/// The file is safetensors with a tensor `embeddings` `[classes, width]` of any type with fractions. The metadata key
/// `classes`, names separated by commas, says what the rows are; without it they are taken in train-id order. All other
/// metadata tell where the table is from. From Python:
///
///     safetensors.numpy.save_file({"embeddings": table}, path, metadata={"classes": "road,sidewalk,building"})
public struct ClassEmbeddings: Sendable, Equatable {
    /// Row order.
    public let classNames: [String]
    /// Numbers in a row.
    public let width: Int
    /// `[classes, width]`, row-major.
    public let values: [Float]
    /// Free texts about where the table is from.
    public let provenance: [String: String]

    /// What the row of pixels without a class is called, in tables that have one.
    public static let ignoredName = "<ignore>"

    static let tensorName = "embeddings"
    static let classesKey = "classes"

    /// Bound on what a file claims, before memory is taken.
    private static let widestRow = 1 << 20

    /// - Precondition: `values` has a row of `width` for each name.
    public init(classNames: [String], width: Int, values: [Float], provenance: [String: String] = [:]) {
        precondition(
            values.count == classNames.count * width,
            "ClassEmbeddings: \(values.count) values are not \(classNames.count) rows of \(width)")
        self.classNames = classNames
        self.width = width
        self.values = values
        self.provenance = provenance
    }

    /// Reads a table for the classes of a label space.
    ///
    /// A file may hold its rows in another order and have rows for other classes as well: rows are found by name.
    ///
    /// - Parameter classNames: in train-id order.
    /// - Throws: `WeightsError` where the file is no such table, lacks a class, or has a value that is not finite.
    public init(contentsOf path: String, classNames: [String]) throws(WeightsError) {
        let file = try WeightsFile.open(path)
        let (rows, width) = try Self.size(of: file)
        let order = try Self.order(of: classNames, rowCount: rows, file)
        let table = try file.floats(Self.tensorName)
        let values = order.flatMap { table[$0 * width..<($0 + 1) * width] }
        if let bad = values.firstIndex(where: { !$0.isFinite }) {
            throw WeightsError(
                .malformed, file: path, tensor: Self.tensorName,
                "has a value that is not finite in the row of '\(classNames[bad / width])'; make the table again")
        }
        for (row, name) in classNames.enumerated() where values[row * width..<(row + 1) * width].allSatisfy({ $0 == 0 })
        {
            throw WeightsError(
                .malformed, file: path, tensor: Self.tensorName,
                "has nothing but zeros in the row of '\(name)'; make the table again")
        }
        let metadata = file.metadata.filter { $0.key != Self.classesKey }
        self.init(classNames: classNames, width: width, values: values, provenance: metadata)
    }

    /// Writes the table as `init(contentsOf:classNames:)` reads it.
    ///
    /// - Throws: `WeightsError` where the disk refuses.
    public func write(_ path: String) throws(WeightsError) {
        var metadata = provenance
        metadata[Self.classesKey] = classNames.joined(separator: ",")
        let item = SafeTensorsItem(Self.tensorName, shape: [classNames.count, width], floats: values)
        try SafeTensorsWriter.write(path, [item], metadata: metadata, checksummed: true)
    }

    /// The same table with more to say about where it is from.
    public func adding(_ provenance: [String: String]) -> ClassEmbeddings {
        ClassEmbeddings(
            classNames: classNames, width: width, values: values,
            provenance: self.provenance.merging(provenance) { _, new in new })
    }

    private static func size(of file: any TensorFile) throws(WeightsError) -> (rows: Int, width: Int) {
        let entry = try file.entry(tensorName)
        guard entry.shape.count == 2, entry.shape[0] >= 1, (1...widestRow).contains(entry.shape[1]) else {
            throw WeightsError(
                .wrongShape, file: file.path, tensor: tensorName,
                "has shape \(entry.shape); it must be [classes, width], one row a class")
        }
        return (entry.shape[0], entry.shape[1])
    }

    /// The row of each class.
    private static func order(
        of classNames: [String], rowCount: Int, _ file: any TensorFile
    ) throws(WeightsError) -> [Int] {
        guard let text = file.metadata[classesKey] else {
            guard rowCount == classNames.count else {
                throw WeightsError(
                    .wrongShape, file: file.path, tensor: tensorName,
                    "has \(rowCount) rows without names for \(classNames.count) classes; name the rows in the metadata "
                        + "'\(classesKey)', separated by commas")
            }
            return Array(classNames.indices)
        }
        let names = text.split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed }
        guard names.count == rowCount, Set(names).count == rowCount else {
            throw WeightsError(
                .malformed, file: file.path,
                "names \(Set(names).count) different classes in the metadata '\(classesKey)' for \(rowCount) rows; "
                    + "give every row its own name")
        }
        var order: [Int] = []
        for name in classNames {
            guard let row = names.firstIndex(of: name) else {
                throw WeightsError(
                    .missing, file: file.path, tensor: tensorName,
                    "has no row for the class '\(name)' (it has \(text)); make a table of the label space in use")
            }
            order.append(row)
        }
        return order
    }
}

extension String {
    /// Without blanks at both ends.
    fileprivate var trimmed: String {
        let start = drop { $0 == " " }
        return String(start.reversed().drop { $0 == " " }.reversed())
    }
}
