import CDeviceKernels
import Collectives
import TensorEngine
import Testing
import Training

/// What a step asks of its device, by the counters of the stand-in.
@Suite struct DeviceStepTests {
    /// The losses, the norm of the gradients, and the labels of the teacher, with what it says of them.
    @Test func aSteadyStepWaitsThreeTimesAndTakesNoMemoryOfDeviceOrHost() async {
        await #expect(processExitsWith: .success) {
            try Engine.setDevice(.standIn)
            let training = TinyTraining(MethodConfiguration(SelfTraining()), steps: 16)
            let work = try training.work(SingleProcessGroup())
            var before = cdk_standin_count()
            for step in 0..<16 {
                try training.run(work, step..<step + 1, reads: false)
                let after = cdk_standin_count()
                if step >= 4 {
                    #expect(after.waits - before.waits == 3, "step \(step)")
                    #expect(after.bytes_mapped == before.bytes_mapped && after.host_blocks == before.host_blocks)
                }
                // Blocks change places with those of the step before, so it is the second step before that is repeated.
                if step >= 10 {
                    let (replays, launches) = (after.replays - before.replays, after.launches - before.launches)
                    #expect(replays >= 8, "\(replays) replays of \(launches) launches")
                }
                before = after
            }
        }
    }
}
