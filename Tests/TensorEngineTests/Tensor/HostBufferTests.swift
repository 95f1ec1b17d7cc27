import TensorEngine
import Testing
import _TestSupport

@Suite struct HostBufferTests {
    private let values = (0..<10).map(Float.init)

    /// The second way is that of devices whose memory the host cannot read.
    @Test(arguments: [false, true]) func whatIsWrittenReachesTheElementsOfTheRange(copying: Bool) {
        let flat = Tensor(values, shape: [10])
        let tensor = flat.view(from: 2, shape: [2, 4])
        let buffer = HostBuffer(tensor, elements: 3..<6, for: .updating, copying: copying)
        #expect(Array(buffer.floats) == [5, 6, 7])
        for index in buffer.floats.indices { buffer.floats[index] *= 10 }
        #expect((flat.values() == values) == (copying || Engine.device != .cpu))
        buffer.finish()
        #expect(flat.values() == [0, 1, 2, 3, 4, 50, 60, 70, 8, 9])
    }

    @Test(arguments: [false, true]) func whatIsOnlyReadStaysAsItIs(copying: Bool) {
        let tensor = Tensor(values, shape: [10])
        let buffer = HostBuffer(tensor, elements: nil, for: .reading, copying: copying)
        #expect(Array(buffer.floats) == values)
        buffer.finish()
        #expect(tensor.values() == values)
    }

    @Test(arguments: [false, true]) func whatIsOnlyWrittenNeedsNoValuesBefore(copying: Bool) {
        let tensor = Tensor(values, shape: [10])
        let buffer = HostBuffer(tensor, elements: 8..<10, for: .writing, copying: copying)
        buffer.floats[0] = -1
        buffer.floats[1] = -2
        buffer.finish()
        #expect(tensor.values(7..<10) == [7, -1, -2])
    }

    /// MPI may go on working on it when nobody holds the tensor any more.
    @Test func theMemoryLivesAsLongAsTheBuffer() {
        var tensor: Tensor? = Tensor(repeating: 3, shape: [100_000])
        let buffer = tensor.map { HostBuffer($0, for: .reading) }
        tensor = nil
        let others = (0..<8).map { _ in Tensor.zeros([100_000]) }
        #expect(buffer?.floats.allSatisfy { $0 == 3 } == true)
        #expect(others.count == 8)
    }
}
