/// Where the free blocks of one size lie. The lowest is taken first: which one that is depends on the blocks that are
/// free alone, and not on the order in which they were given back. So every steady step has the addresses of the one
/// before, and its work can be replayed.
struct FreeBlocks {
    /// A binary heap, the lowest first.
    private var starts: [Int] = []

    mutating func add(_ start: Int) {
        starts.append(start)
        var place = starts.count - 1
        while place > 0, starts[place] < starts[(place - 1) / 2] {
            starts.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    /// - Returns: nil where there is none.
    mutating func takeLowest() -> Int? {
        guard let lowest = starts.first, let last = starts.popLast() else { return nil }
        guard !starts.isEmpty else { return lowest }
        starts[0] = last
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < starts.count && starts[child] < starts[least] {
                least = child
            }
            guard least != place else { return lowest }
            starts.swapAt(place, least)
            place = least
        }
    }
}
