import Collectives
import Testing

@Suite struct ThreadedGroupTests {
    static let sizes = [1, 2, 3, 4]

    @Test(arguments: sizes) func allReduceJoinsEveryRank(size: Int) throws {
        let results = try ThreadedGroup.run(size: size) { group in
            var sums: [Float] = [Float(group.rank), 1, -0.5]
            try group.allReduce(&sums, .sum)
            var largest = [Int64(group.rank), -Int64(group.rank)]
            try group.allReduce(&largest, .max)
            var smallest = [Double(group.rank) + 0.25]
            try group.allReduce(&smallest, .min)
            return (sums, largest, smallest)
        }
        for (sums, largest, smallest) in results {
            #expect(sums == [Float(size * (size - 1) / 2), Float(size), -0.5 * Float(size)])
            #expect(largest == [Int64(size - 1), 0])
            #expect(smallest == [0.25])
        }
    }

    @Test(arguments: sizes) func emptyAllReduceIsAllowed(size: Int) throws {
        let counts = try ThreadedGroup.run(size: size) { group in
            var nothing: [Float] = []
            try group.allReduce(&nothing, .sum)
            return nothing.count
        }
        #expect(counts == Array(repeating: 0, count: size))
    }

    @Test(arguments: sizes) func everyRootBroadcasts(size: Int) throws {
        let results = try ThreadedGroup.run(size: size) { group in
            var seen: [[Int32]] = []
            for root in 0..<group.size {
                var values = [Int32(group.rank), Int32(10 * group.rank)]
                try group.broadcast(&values, from: root)
                seen.append(values)
            }
            return seen
        }
        for seen in results { #expect(seen == (0..<size).map { [Int32($0), Int32(10 * $0)] }) }
    }

    @Test(arguments: sizes) func gathersKeepLengthsAndOrder(size: Int) throws {
        let expected = (0..<size).map { [UInt8](repeating: UInt8($0 + 200), count: $0) }
        let results = try ThreadedGroup.run(size: size) { group in
            let own = [UInt8](repeating: UInt8(group.rank + 200), count: group.rank)
            let everywhere = try group.allGather(own)
            let root = group.size - 1
            let gathered = try group.gather(own, to: root)
            let announced = try group.broadcastBytes(own, from: root)
            return (everywhere, gathered, announced)
        }
        for (rank, (everywhere, gathered, announced)) in results.enumerated() {
            #expect(everywhere == expected)
            #expect(gathered == (rank == size - 1 ? expected : nil))
            #expect(announced == expected[size - 1])
        }
    }

    @Test func ringOfMessagesArrivesInOrder() throws {
        let received = try ThreadedGroup.run(size: 3) { group in
            let next = (group.rank + 1) % 3
            let previous = (group.rank + 2) % 3
            try group.send([Float(group.rank)], to: next, tag: 7)
            try group.send([Float(group.rank) + 0.5], to: next, tag: 7)
            try group.send([Float(100)], to: next, tag: 8)
            var other: [Float] = [0]
            try group.receive(&other, from: previous, tag: 8)
            var first: [Float] = [0]
            var second: [Float] = [0]
            try group.receive(&first, from: previous, tag: 7)
            try group.receive(&second, from: previous, tag: 7)
            return first + second + other
        }
        #expect(received == [[2, 2.5, 100], [0, 0.5, 100], [1, 1.5, 100]])
    }

    @Test func probeTellsTheLengthOfTheNextMessage() throws {
        let lengths = try ThreadedGroup.run(size: 2) { group -> Int? in
            guard group.rank == 1 else {
                try group.barrier()
                try group.send([UInt8](repeating: 1, count: 5), to: 1, tag: 3)
                try group.barrier()
                return nil
            }
            let early = try group.waitingMessageBytes(from: 0, tag: 3)
            #expect(early == nil)
            try group.barrier()
            try group.barrier()
            let available = try group.isMessageAvailable(from: 0, tag: 4)
            #expect(!available)
            return try group.waitingMessageBytes(from: 0, tag: 3)
        }
        #expect(lengths == [nil, 5])
    }

    @Test func memoryUnderWayIsMarkedUntilItIsWaitedFor() throws {
        let sums = try ThreadedGroup.run(size: 2) { group in
            let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 4)
            defer { memory.deallocate() }
            memory.initialize(repeating: Float(group.rank + 1))
            let pending = try group.startAllReduce(memory, .sum, owner: nil)
            #expect(memory.allSatisfy { $0.isNaN })
            try pending.wait()
            return Array(memory)
        }
        #expect(sums == [[3, 3, 3, 3], [3, 3, 3, 3]])
    }

    @Test func operationsMayBeFinishedInAnotherOrder() throws {
        let results = try ThreadedGroup.run(size: 3) { group in
            let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 2)
            defer { memory.deallocate() }
            memory.initialize(repeating: Float(group.rank))
            let first = UnsafeMutableBufferPointer(rebasing: memory[..<1])
            let second = UnsafeMutableBufferPointer(rebasing: memory[1...])
            let firstSum = try group.startAllReduce(first, .sum, owner: nil)
            let secondMaximum = try group.startAllReduce(second, .max, owner: nil)
            try secondMaximum.wait()
            while try !firstSum.progress() {}
            try firstSum.wait()
            return Array(memory)
        }
        #expect(results == [[3, 2], [3, 2], [3, 2]])
    }

    @Test func splitOrdersByKeyAndKeepsGroupsApart() throws {
        let results = try ThreadedGroup.run(size: 4) { group in
            let half = try group.split(color: group.rank % 2, key: -group.rank)
            return [half.rank, half.size, try half.sum(group.rank)]
        }
        #expect(results == [[1, 2, 2], [1, 2, 4], [0, 2, 2], [0, 2, 4]])
    }

    @Test func nodesHoldNeighbours() throws {
        let results = try ThreadedGroup.run(size: 3, ranksPerNode: 2) { group in
            let node = try group.nodeGroup()
            return [group.nodeRank, group.nodeSize, node.rank, node.size, try node.sum(group.rank)]
        }
        #expect(results == [[0, 2, 0, 2, 1], [1, 2, 1, 2, 1], [0, 1, 0, 1, 2]])
    }

    @Test func agreementNeedsEveryRankAndAnyTrueNeedsOne() throws {
        let results = try ThreadedGroup.run(size: 3) { group in
            [
                try group.allAgree(true), try group.allAgree(group.rank != 1), try group.anyTrue(group.rank == 2),
                try group.anyTrue(false), try group.maximum(group.rank) == 2, try group.minimum(group.rank) == 0,
            ]
        }
        for result in results { #expect(result == [true, false, true, false, true, true]) }
    }
}
