import Collectives
import Testing

@Suite struct SingleProcessGroupTests {
    let group = SingleProcessGroup()

    @Test func everyResultIsTheOwnValue() throws {
        var values: [Float] = [1, .infinity, -2]
        try group.allReduce(&values, .sum)
        try group.broadcast(&values, from: 0)
        try group.barrier()
        #expect(values == [1, .infinity, -2])
        #expect(try group.allGather([1, 2]) == [[1, 2]])
        #expect(try group.gather([3], to: 0) == [[3]])
        #expect(try group.sum(2.5) == 2.5)
        #expect(try group.allAgree(true) && group.anyTrue(true))
        #expect(try !group.allAgree(false) && !group.anyTrue(false))
    }

    @Test func everySplitIsASingleProcess() throws {
        #expect(try group.split(color: 3, key: 1).size == 1)
        #expect(try group.nodeGroup().rank == 0)
        #expect((group.nodeRank, group.nodeSize) == (0, 1))
    }

    @Test func reducesASpanInPlace() throws {
        var values: [Double] = [4, 5]
        var span = values.mutableSpan
        try group.allReduce(&span, .max)
        #expect(values == [4, 5])
    }
}
