/// Pairs of rows and columns of smallest total cost, each row and each column in one pair at most: the Hungarian
/// problem, rectangular (Kuhn 1955), solved by shortest augmenting paths (Jonker and Volgenant 1987; Crouse, "On
/// implementing 2D rectangular assignment algorithms", IEEE TAES 52(4), 2016).
///
/// `min(rows, columns)` pairs, so that the longer side keeps some without. Work is in `O(shorter^2 * longer)`. Of
/// several assignments of equal cost it is the one that SciPy's `linear_sum_assignment` finds, whatever the platform.
public struct MinimumCostAssignment: Sendable, Equatable {
    public struct Pair: Sendable, Equatable {
        public let row: Int
        public let column: Int

        public init(row: Int, column: Int) { (self.row, self.column) = (row, column) }
    }

    /// By ascending row.
    public let pairs: [Pair]

    /// - Parameter costs: `[rows, columns]`, row after row; they may be negative.
    /// - Throws: `AssignmentError` for a cost that is NaN or infinite: no total can be compared with another then.
    /// - Precondition: as many costs as pairs are possible.
    public init(costs: [Double], rows: Int, columns: Int) throws(AssignmentError) {
        precondition(
            rows >= 0 && columns >= 0 && costs.count == rows * columns,
            "MinimumCostAssignment: \(costs.count) costs for \(rows) rows and \(columns) columns")
        if let place = costs.firstIndex(where: { !$0.isFinite }) {
            throw AssignmentError(row: place / columns, column: place % columns, cost: costs[place])
        }
        let isTransposed = columns < rows
        var search = PathSearch(costs, rows, columns, transposing: isTransposed)
        for row in 0..<min(rows, columns) { search.assign(row) }
        let found = search.columns.enumerated().map { row, column in
            isTransposed ? Pair(row: column, column: row) : Pair(row: row, column: column)
        }
        pairs = isTransposed ? found.sorted { $0.row < $1.row } : found
    }
}

/// A cost that is no finite number.
public struct AssignmentError: Error, CustomStringConvertible {
    public let row: Int
    public let column: Int
    public let cost: Double

    public var description: String {
        "the cost of row \(row) and column \(column) is \(cost), and only finite numbers can be compared; what computed it "
            + "has left the range of its numbers"
    }
}

/// Rows are assigned one after the other. Each begins a tree of shortest paths over reduced costs `c_ij - u_i - v_j`,
/// in which assigned columns lead on to their rows, until it reaches a free column; then the path is turned around.
private struct PathSearch {
    private let costs: [Double]
    private let width: Int
    /// Of each row: its column, or -1.
    private(set) var columns: [Int]
    /// Of each column: its row, or -1.
    private var rows: [Int]
    /// Prices of rows and columns; no reduced cost is below 0, and those of assigned pairs are 0.
    private var (rowPrices, columnPrices): ([Double], [Double])

    /// Not more rows than columns, transposed where needed.
    init(_ costs: [Double], _ rowCount: Int, _ columnCount: Int, transposing: Bool) {
        let height = transposing ? columnCount : rowCount
        width = transposing ? rowCount : columnCount
        if transposing {
            var turned = costs
            for row in 0..<rowCount {
                for column in 0..<columnCount { turned[column * rowCount + row] = costs[row * columnCount + column] }
            }
            self.costs = turned
        } else {
            self.costs = costs
        }
        columns = [Int](repeating: -1, count: height)
        rows = [Int](repeating: -1, count: width)
        rowPrices = [Double](repeating: 0, count: height)
        columnPrices = [Double](repeating: 0, count: width)
    }

    /// A tree of shortest paths from a row.
    private struct Tree {
        /// Length of the shortest known path to each column.
        var lengths: [Double]
        /// Row before each column on that path.
        var parents: [Int]
        /// Columns that the tree has not taken, in the order in which ties are looked at.
        var remaining: [Int]
        /// Rows and columns that it has taken.
        var (rows, columns): ([Int], [Int]) = ([], [])

        init(width: Int) {
            lengths = [Double](repeating: .infinity, count: width)
            parents = [Int](repeating: -1, count: width)
            // From the last: equal costs everywhere then give row i column i.
            remaining = (0..<width).reversed()
        }
    }

    mutating func assign(_ start: Int) {
        var tree = Tree(width: width)
        let (end, length) = grow(&tree, from: start)
        rowPrices[start] += length
        for row in tree.rows where row != start { rowPrices[row] += length - tree.lengths[columns[row]] }
        for column in tree.columns { columnPrices[column] -= length - tree.lengths[column] }
        var column = end
        while true {
            let row = tree.parents[column]
            rows[column] = row
            (columns[row], column) = (column, columns[row])
            if row == start { return }
        }
    }

    /// - Returns: the free column that it reached, and the length of the path to it.
    private func grow(_ tree: inout Tree, from start: Int) -> (column: Int, length: Double) {
        var (row, length) = (start, 0.0)
        while true {
            tree.rows.append(row)
            var (nearest, lowest) = (0, Double.infinity)
            for (place, column) in tree.remaining.enumerated() {
                let reached = length + costs[row * width + column] - rowPrices[row] - columnPrices[column]
                if reached < tree.lengths[column] { (tree.lengths[column], tree.parents[column]) = (reached, row) }
                let known = tree.lengths[column]
                // Of equally near columns a free one, which ends the search.
                if known < lowest || (known == lowest && rows[column] == -1) { (nearest, lowest) = (place, known) }
            }
            length = lowest
            let column = tree.remaining[nearest]
            tree.columns.append(column)
            if rows[column] == -1 { return (column, length) }
            row = rows[column]
            tree.remaining.swapAt(nearest, tree.remaining.count - 1)
            tree.remaining.removeLast()
        }
    }
}
