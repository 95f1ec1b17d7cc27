/// What a load of weights found: which tensors of a file were taken, and what became of all others.
public struct LoadReport: Sendable, Equatable {
    /// Path of the file.
    public let file: String
    /// Whose names the tensors carry, such as `hugging-face`.
    public let naming: String
    /// What stands before the names of the network that was taken, with its dot; `""` for nothing.
    public let prefix: String
    /// Tensors of the network that were filled.
    public var loadedCount = 0
    /// What the network needs and the file lacks; these tensors kept their values.
    public var missing: [String] = []
    /// What the file has beside its networks and nobody has a place for.
    public var unexpected: [String] = []
    /// Tensors passed over because their shape differs.
    public var wrongShape: [Mismatch] = []
    /// Tensors of a classifier with another number of classes; those of the network are drawn at random.
    public var otherClasses: [Mismatch] = []
    /// What no shape tells and the file's header says otherwise than the network has it, as `heads=4 for heads=8`.
    public var otherSizes: [String] = []
    /// Further networks in the file, of which nothing was taken.
    public var passedOver: [Copy] = []
    /// Matrices and kernels that hold one value throughout, as no training leaves them.
    public var constant: [String] = []
    /// Weights of the network, in its own names, that nothing of the file is for; they are drawn at random.
    public var drawn: [String] = []

    public init(file: String, naming: String, prefix: String = "") {
        self.file = file
        self.naming = naming
        self.prefix = prefix
    }

    /// A tensor whose shape in the file is not the one the network needs.
    public struct Mismatch: Sendable, Equatable {
        public let name: String
        public let found: [Int]
        public let needed: [Int]

        public init(name: String, found: [Int], needed: [Int]) {
            self.name = name
            self.found = found
            self.needed = needed
        }
    }

    /// A network beside the one that was taken.
    public struct Copy: Sendable, Equatable {
        /// What it is: `teacher`, `frozen copy`, `other network`.
        public let role: String
        /// Before its names, with its dot.
        public let prefix: String
        public let tensorCount: Int

        public init(role: String, prefix: String, tensorCount: Int) {
            self.role = role
            self.prefix = prefix
            self.tensorCount = tensorCount
        }
    }

    /// Whether every tensor of the network was filled.
    public var isComplete: Bool { missing.isEmpty && wrongShape.isEmpty }

    /// - Throws: `WeightsError` naming the first tensors that were not filled, or where nothing was.
    public func requireComplete() throws(WeightsError) {
        if let first = wrongShape.first { throw first.error(file) }
        guard missing.isEmpty else {
            throw WeightsError(
                .missing, file: file,
                "lacks \(missing.count) tensors of the network (\(Self.shortened(missing))); "
                    + "use the network the file was made for")
        }
        guard loadedCount > 0 else {
            throw WeightsError(.missing, file: file, "has no tensor of the network; use the file of another one")
        }
    }
}

extension LoadReport.Mismatch {
    /// Whether only the number of rows differs.
    package var isOfRows: Bool { found.count == needed.count && found.dropFirst() == needed.dropFirst() }

    private static func rows(_ shape: [Int]) -> Int { shape.first ?? 0 }

    /// Name and numbers of rows, for a person.
    fileprivate var rowsText: String { "\(name) with \(Self.rows(found)) rows for \(Self.rows(needed))" }

    package func error(_ file: String) -> WeightsError {
        WeightsError(
            .wrongShape, file: file, tensor: name,
            "has shape \(found), the network needs \(needed); use the network and class count it was made for, or take "
                + "its encoder alone with model.loads=encoder where only the classes differ")
    }
}

// MARK: - For a person

extension LoadReport {
    /// A line about what was taken, and one, indented, about each kind of tensor that was not.
    public var text: String {
        let place = prefix.isEmpty ? "" : " under '\(prefix)'"
        var lines = ["weights of \(file): loaded \(loadedCount) tensors, named as in \(naming)\(place)"]
        lines += passedOver.map { "passed over: \($0.role) '\($0.prefix)', \($0.tensorCount) tensors" }
        for (what, names) in remarks where !names.isEmpty {
            lines.append("\(what): \(names.count) (\(Self.shortened(names)))")
        }
        return lines.joined(separator: "\n    ") + "\n"
    }

    /// What became of tensors that were not simply taken, by name.
    package var remarks: [(what: String, names: [String])] {
        [
            ("missing", missing), ("of another shape", wrongShape.map(\.name)),
            ("of other classes, drawn at random instead", otherClasses.map(\.rowsText)),
            ("without a place", unexpected),
            ("trained with other sizes, which no shape tells", otherSizes),
            ("one value throughout", constant), ("drawn at random", drawn),
        ]
    }

    private static func shortened(_ names: [String]) -> String {
        names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
    }
}
