import Detection
import Randomness
import Testing
import WeightFiles
import _TestSupport

struct MinimumCostAssignmentTests {
    private func pairs(_ costs: [Double], _ rows: Int, _ columns: Int) throws -> [[Int]] {
        try MinimumCostAssignment(costs: costs, rows: rows, columns: columns).pairs.map { [$0.row, $0.column] }
    }

    @Test func aHundredCasesAreAssignedAsBySciPy() throws {
        let fixture = try SafeTensorsFile(Fixture.path("detection/assignment.safetensors"))
        let (costs, sizes) = (try fixture.floats("costs"), try fixture.integers("sizes").map { Int($0) })
        let (rows, columns) = (try fixture.integers("rows"), try fixture.integers("columns"))
        var (cost, pair) = (0, 0)
        for place in stride(from: 0, to: sizes.count, by: 2) {
            let (height, width) = (sizes[place], sizes[place + 1])
            let found = try pairs(costs[cost..<cost + height * width].map(Double.init), height, width)
            #expect(found.count == min(height, width))
            let expected = (pair..<pair + found.count).map { [Int(rows[$0]), Int(columns[$0])] }
            #expect(found == expected, "case \(place / 2), \(height)x\(width)")
            (cost, pair) = (cost + height * width, pair + found.count)
        }
        #expect(sizes.count == 200 && cost == costs.count && pair == rows.count)
    }

    @Test func equalCostsGoByPlace() throws {
        #expect(try pairs([Double](repeating: 3, count: 9), 3, 3) == [[0, 0], [1, 1], [2, 2]])
        #expect(try pairs([Double](repeating: 0, count: 8), 2, 4) == [[0, 0], [1, 1]])
        #expect(try pairs([Double](repeating: -1, count: 8), 4, 2) == [[0, 0], [1, 1]])
    }

    @Test func theCheapestPairYieldsWhereTheTotalGains() throws {
        #expect(try pairs([1, 2, 2, 100], 2, 2) == [[0, 1], [1, 0]])
    }

    @Test func nothingIsAssignedOfNothing() throws {
        #expect(try pairs([], 0, 0).isEmpty)
        #expect(try pairs([], 0, 5).isEmpty)
        #expect(try pairs([], 5, 0).isEmpty)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func aCostThatIsNoNumberIsRefusedWithItsPlace(_ cost: Double) throws {
        let error = #expect(throws: AssignmentError.self) { try pairs([1, 2, 3, 4, 5, cost], 2, 3) }
        #expect(error?.row == 1 && error?.column == 2 && error?.cost.bitPattern == cost.bitPattern)
        #expect(error?.description.hasPrefix("the cost of row 1 and column 2 is \(cost), and only finite") == true)
    }

    /// All permutations, for sizes at which that is possible.
    @Test func noAssignmentIsCheaper() throws {
        for seed in 0..<20 as Range<UInt64> {
            var random = RandomStream(seed: seed, "costs")
            let costs = (0..<35).map { _ in Double(random.uniform(in: -1...1)) }
            let total = try pairs(costs, 5, 7).reduce(0) { $0 + costs[$1[0] * 7 + $1[1]] }
            func cheapest(_ row: Int, _ taken: Set<Int>) -> Double {
                row == 5 ? 0 : (0..<7).filter { !taken.contains($0) }.map {
                    costs[row * 7 + $0] + cheapest(row + 1, taken.union([$0]))
                }.min() ?? .infinity
            }
            #expect(abs(total - cheapest(0, [])) < 1e-12)
        }
    }
}
