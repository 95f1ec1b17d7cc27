import Basics
import RunLogs
import Testing

private func record(step: Int) -> StepRecord {
    StepRecord(
        step: step, losses: [.init("source", 1.2), .init("mix", 0.73)], learningRate: 0.001, imagesPerSecond: 12.44,
        peakMemoryBytes: 512 << 20)
}

@Suite struct ProgressLineTests {
    @Test func theLineShowsPaceAndTimeLeft() {
        #expect(
            ProgressLine.text(record(step: 120), totalSteps: 800, secondsLeft: 204)
                == "step 120/800  loss 1.93 (source 1.20, mix 0.730)  12.4 images/s  ETA 3m24s  peak 512 MiB")
    }

    @Test func plainLinesComeAtIntervalsAndAtTheEnd() {
        var line = ProgressLine(totalSteps: 100, isTerminal: false, plainIntervalSeconds: 10)
        #expect(line.update(record(step: 1), secondsLeft: 9, now: 0)?.hasSuffix("\n") == true)
        #expect(line.update(record(step: 2), secondsLeft: 9, now: 9) == nil)
        #expect(line.update(record(step: 3), secondsLeft: 9, now: 10) != nil)
        #expect(line.update(record(step: 100), secondsLeft: 9, now: 11) != nil)
    }

    @Test func aTerminalLineCoversTheOneBefore() throws {
        var line = ProgressLine(totalSteps: 100, isTerminal: true)
        let first = line.update(record(step: 1), secondsLeft: 99_000, now: 0)
        let second = line.update(record(step: 99), secondsLeft: 0, now: 1)
        let (long, short) = (try #require(first), try #require(second))
        #expect(long.first == "\r" && long.count == short.count)
    }

    @Test func numbersAreRounded() {
        #expect(NumberText.fixed(1.005, digits: 0) == "1")
        #expect(NumberText.fixed(-0.04, digits: 1) == "0.0")
        #expect(NumberText.fixed(-12.36, digits: 1) == "-12.4")
        #expect(NumberText.fixed(0.05, digits: 3) == "0.050")
        #expect(NumberText.significant(6e-5) == "6.00e-5")
        #expect(NumberText.significant(.nan) == "nan")
        #expect(NumberText.duration(seconds: 59.6) == "1m00s")
        #expect(NumberText.duration(seconds: 7500) == "2h05m")
        #expect(NumberText.duration(seconds: .nan) == "?")
    }
}
