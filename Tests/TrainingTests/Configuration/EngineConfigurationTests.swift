import Configuration
import Machine
import Testing
import Training

@Suite struct EngineConfigurationTests {
    @Test func aFixedCountOfThreadsWins() {
        let share = CoreShare(ownCores: 8, nodeCores: 8, nodeRanks: 2, coreLimit: nil)
        var engine = EngineConfiguration()
        #expect(engine.threadCount(share) == 4)
        engine.threads = .fixed(3)
        #expect(engine.threadCount(share) == 3)
    }
}
