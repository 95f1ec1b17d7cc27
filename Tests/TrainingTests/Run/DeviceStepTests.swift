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
            let training = TinyTraining(MethodConfiguration(SelfTraining()), steps: 12)
            let work = try training.work(SingleProcessGroup())
            var before = cdk_standin_count()
            for step in 0..<12 {
                try training.run(work, step..<step + 1, reads: false)
                let after = cdk_standin_count()
                if step >= 4 {
                    #expect(after.waits - before.waits == 3, "step \(step)")
                    #expect(after.bytes_mapped == before.bytes_mapped && after.host_blocks == before.host_blocks)
                }
                if step >= 8 { #expect(after.replays > before.replays, "what repeats is replayed") }
                before = after
            }
        }
    }
}
