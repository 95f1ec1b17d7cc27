internal import Basics
package import Collectives
package import DataParallel
internal import Glibc
internal import TensorEngine

extension AllReduceBenchmark {
    /// The same of numbers in the memory of each rank's device, as gradients are summed: through the host, or by the
    /// devices themselves. Collective.
    ///
    /// - Parameter devices: those of all ranks; nil for the way through the hosts.
    package static func run(
        bytes: Int, rounds: Int, devices: DeviceSums?, world: any ProcessGroup
    ) throws(CollectiveError) -> Result {
        let numbers = Tensor.zeros([max(1, bytes / MemoryLayout<Float>.stride)])
        try sum(numbers, devices, world)
        Engine.waitForDevice()
        try world.barrier()
        let clock = ContinuousClock()
        let start = clock.now
        for _ in 0..<rounds { try sum(numbers, devices, world) }
        Engine.waitForDevice()
        let seconds = (clock.now - start).inSeconds / Double(rounds)
        return Result(
            bytes: bytes, seconds: try world.maximum(seconds), ranks: world.size,
            transport: devices == nil ? "mpi" : "nccl")
    }

    private static func sum(
        _ numbers: Tensor, _ devices: DeviceSums?, _ world: any ProcessGroup
    ) throws(CollectiveError) {
        if let devices {
            devices.group.sum([numbers])
            return devices.group.join()
        }
        let buffer = HostBuffer.fetching(numbers, for: .updating)
        while !buffer.isHere { usleep(20) }
        try world.allReduce(buffer.floats, .sum)
        buffer.finish()
    }
}
