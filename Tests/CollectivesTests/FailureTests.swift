import Collectives
import Testing

@Suite struct CollectiveFailureTests {
    private struct Deliberate: Error {}

    @Test func differentCallsFailInsteadOfHanging() throws {
        let error = try #require(throws: CollectiveError.self) {
            _ = try ThreadedGroup.run(size: 2) { group in
                var values = [Float](repeating: 0, count: 2 + group.rank)
                try group.allReduce(&values, .sum)
            }
        }
        #expect(error.code == .mismatch)
        #expect(error.description.contains("allReduce(2 x float32, sum)"))
        #expect(error.description.contains("allReduce(3 x float32, sum)"))
    }

    @Test func checkedGroupNamesTheCallOfEveryRank() throws {
        let messages = try ThreadedGroup.run(size: 3) { base -> String in
            let group = CheckedGroup(base)
            do {
                if group.rank == 1 {
                    try group.barrier()
                } else {
                    var values = [Int64](repeating: 0, count: 4)
                    try group.allReduce(&values, .max)
                }
                return "no error"
            } catch let error as CollectiveError {
                return error.message
            }
        }
        for message in messages {
            #expect(message.contains("rank 0 calls allReduce(4 x int64, max), rank 1 calls barrier()"))
            #expect(message.contains("every rank must make the same calls in the same order"))
        }
    }

    @Test func checkedGroupGivesTheSameResults() throws {
        let results = try ThreadedGroup.run(size: 3) { base in
            let group = CheckedGroup(base)
            let odd = try group.split(color: group.rank % 2, key: group.rank)
            return [try group.sum(group.rank), try odd.sum(1), try group.broadcastBytes([7, 8], from: 2).count]
        }
        #expect(results == [[3, 2, 2], [3, 1, 2], [3, 2, 2]])
    }

    @Test func aFailedRankWakesTheOthersAndItsErrorIsReported() {
        #expect(throws: Deliberate.self) {
            _ = try ThreadedGroup.run(size: 3) { group in
                if group.rank == 1 { throw Deliberate() }
                try group.barrier()
            }
        }
    }

    @Test func waitingHasALimit() throws {
        let error = try #require(throws: CollectiveError.self) {
            _ = try ThreadedGroup.run(size: 2, timeoutSeconds: 1) { group in
                if group.rank == 0 { try group.barrier() }
            }
        }
        #expect(error.code == .timeout)
        #expect(error.rank == 0)
        #expect(error.message.contains("another rank has not made the matching call"))
    }

    @Test func aMessageOfAnotherLengthIsAnError() throws {
        let error = try #require(throws: CollectiveError.self) {
            _ = try ThreadedGroup.run(size: 2) { group in
                if group.rank == 0 { return try group.send([1, 2, 3] as [Float], to: 1, tag: 0) }
                var values: [Float] = [0, 0]
                try group.receive(&values, from: 0, tag: 0)
            }
        }
        #expect(error.code == .wrongMessageSize)
        #expect(error.message.contains("expected 8 bytes, the message has 12"))
    }

    @Test func anAbandonedOperationKeepsItsMemory() throws {
        final class Memory {
            let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 8)
        }
        let isAlive = try ThreadedGroup.run(size: 2) { group in
            var memory: Memory? = Memory()
            weak let observed = memory
            if group.rank == 0, let owner = memory {
                let pending = try group.startReceive(owner.values, from: 1, tag: 0, owner: owner)
                pending.abandon()
            }
            memory = nil
            return observed != nil
        }
        #expect(isAlive == [true, false])
    }

    @Test func droppingAnUnfinishedOperationTraps() async {
        await #expect(processExitsWith: .failure) {
            _ = try ThreadedGroup.run(size: 1) { group in
                _ = try group.startBarrier()
            }
        }
    }
}
