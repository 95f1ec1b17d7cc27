extension ProcessGroup {
    /// The bytes of every rank, in order of rank, on every rank. Lengths may differ.
    ///
    /// For control data: each rank moves the bytes of all.
    public func allGather(_ bytes: [UInt8]) throws(CollectiveError) -> [[UInt8]] {
        let counts = try allGather(bytes.count)
        let offset = counts[..<rank].reduce(0, +)
        // Every place belongs to one rank and is zero on the others, so the largest value is that rank's byte.
        var joined = [UInt8](repeating: 0, count: counts.reduce(0, +))
        for (index, byte) in bytes.enumerated() { joined[offset + index] = byte }
        try allReduce(&joined, .max)
        return Self.divided(joined, counts)
    }

    /// One value of every rank, in order of rank, on every rank.
    public func allGather<Scalar: CollectiveScalar>(_ value: Scalar) throws(CollectiveError) -> [Scalar] {
        var values = [Scalar](repeating: .zero, count: size)
        values[rank] = value
        try allReduce(&values, .sum)
        return values
    }

    /// The bytes of every rank on rank `root`, in order of rank; nil on the others. Lengths may differ.
    public func gather(_ bytes: [UInt8], to root: Int) throws(CollectiveError) -> [[UInt8]]? {
        let counts = try allGather(bytes.count)
        guard rank == root else {
            try send(bytes, to: root, tag: MessageTag.gather)
            return nil
        }
        var gathered: [[UInt8]] = []
        for source in 0..<size {
            var received = source == root ? bytes : [UInt8](repeating: 0, count: counts[source])
            if source != root { try receive(&received, from: source, tag: MessageTag.gather) }
            gathered.append(received)
        }
        return gathered
    }

    private static func divided(_ joined: [UInt8], _ counts: [Int]) -> [[UInt8]] {
        var parts: [[UInt8]] = []
        var start = 0
        for count in counts {
            parts.append(Array(joined[start..<start + count]))
            start += count
        }
        return parts
    }
}
