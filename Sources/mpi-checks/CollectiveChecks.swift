import Basics
import Collectives

func checkReductions(_ world: any ProcessGroup) throws {
    for count in [0, 1, 2, 1023, 100_003] {
        try checkReductions(world, Float.self, count) { Float($0) }
        try checkReductions(world, Double.self, count) { Double($0) }
        try checkReductions(world, Int32.self, count) { Int32($0) }
        try checkReductions(world, Int64.self, count) { Int64($0) }
        try checkReductions(world, UInt64.self, count) { UInt64($0) }
        try checkReductions(world, UInt8.self, count) { UInt8($0) }
    }
}

/// Element i of rank r is i % 7 + r.
private func checkReductions<Scalar: CollectiveScalar>(
    _ world: any ProcessGroup, _: Scalar.Type, _ count: Int, _ make: (Int) -> Scalar
) throws {
    let size = world.size
    let expected: [(Reduction, (Int) -> Int)] = [
        (.sum, { size * ($0 % 7) + size * (size - 1) / 2 }),
        (.min, { $0 % 7 }),
        (.max, { $0 % 7 + size - 1 }),
    ]
    for (reduction, formula) in expected {
        var values = (0..<count).map { make($0 % 7 + world.rank) }
        try world.allReduce(&values, reduction)
        try expectEqual(values, (0..<count).map { make(formula($0)) }, "\(Scalar.self) x \(count), \(reduction)")
    }
}

func checkBroadcasts(_ world: any ProcessGroup) throws {
    for root in 0..<world.size {
        for count in [0, 1, 65_537] {
            var values = (0..<count).map { Float($0 + 1000 * world.rank) }
            try world.broadcast(&values, from: root)
            try expectEqual(values, (0..<count).map { Float($0 + 1000 * root) }, "broadcast from rank \(root)")
        }
        let bytes = try world.broadcastBytes([UInt8](repeating: UInt8(world.rank), count: world.rank), from: root)
        try expectEqual(bytes, [UInt8](repeating: UInt8(root), count: root), "bytes from rank \(root)")
    }
}

func checkGathers(_ world: any ProcessGroup) throws {
    let expected = (0..<world.size).map { [UInt8](repeating: UInt8($0 + 250 - world.size), count: 1001 * $0) }
    try expectEqual(try world.allGather(expected[world.rank]), expected, "all-gather")
    for root in 0..<world.size {
        let gathered = try world.gather(expected[world.rank], to: root)
        try expectEqual(gathered, world.rank == root ? expected : nil, "gather to rank \(root)")
    }
    try expectEqual(try world.allGather(world.rank * world.rank), (0..<world.size).map { $0 * $0 }, "values")
    try expectEqual(try world.allAgree(world.rank >= 0), true, "all agree")
    try expectEqual(try world.allAgree(world.rank > 0), false, "not all agree")
    try expectEqual(try world.anyTrue(world.rank == world.size - 1), true, "one is true")
    try expectEqual(try world.anyTrue(world.rank < 0), false, "none is true")
    try expectEqual(try world.maximum(Double(world.rank)), Double(world.size - 1), "maximum")
    try expectEqual(try world.minimum(-world.rank), 1 - world.size, "minimum")
}

func checkGroups(_ world: any ProcessGroup) throws {
    let parity = try world.split(color: world.rank % 2, key: -world.rank)
    let members = (0..<world.size).filter { $0 % 2 == world.rank % 2 }
    try expectEqual(parity.size, members.count, "size of the half")
    try expectEqual(parity.rank, members.count - 1 - world.rank / 2, "rank in the half, in order of the key")
    try expectEqual(try parity.sum(world.rank), members.reduce(0, +), "sum within the half")
    let node = try world.nodeGroup()
    // One machine runs the checks, so the node is the world.
    try expectEqual([node.rank, node.size], [world.rank, world.size], "node group")
    try expectEqual([world.nodeRank, world.nodeSize], [world.rank, world.size], "place on the node")
    try expectEqual(try node.sum(1), world.size, "sum within the node")
}

/// Several all-reduces and messages under way at once, finished in another order than they were started in.
func checkOverlap(_ world: any ProcessGroup) throws {
    let count = 50_000
    let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 3 * count)
    defer { memory.deallocate() }
    for index in memory.indices { memory[index] = Float(index % 11 + world.rank) }
    func part(_ index: Int) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(rebasing: memory[index * count..<(index + 1) * count])
    }
    let first = try world.startAllReduce(part(0), .sum, owner: nil)
    let second = try world.startAllReduce(part(1), .max, owner: nil)
    let third = try world.startAllReduce(part(2), .sum, owner: nil)
    try third.wait()
    while try !second.progress() {}
    try first.wait()
    try second.wait()
    let size = world.size
    for index in memory.indices {
        let sum = Float(size * (index % 11) + size * (size - 1) / 2)
        let expected = index / count == 1 ? Float(index % 11 + size - 1) : sum
        try expectEqual(memory[index], expected, "element \(index)")
    }
}

/// The same values give the same bits on every rank and in every repetition, whatever the arrival order.
func checkRepeatable(_ world: any ProcessGroup) throws {
    for count in [1, 3, 1000, 300_007] {
        var digests: Set<UInt64> = []
        for _ in 0..<5 {
            var values = (0..<count).map { Float(1) / Float(1 + ($0 * 7919 + world.rank * 104_729) % 10_007) }
            try world.allReduce(&values, .sum)
            digests.formUnion(try world.allGather(digest(values)))
        }
        try expectEqual(digests.count, 1, "number of different results for \(count) values")
    }
}

/// A hash of the bits.
func digest(_ values: [Float]) -> UInt64 { values.withUnsafeBytes { XXHash64.hash($0) } }
