import Basics
import Testing

@Suite struct CountProgressTests {
    @Test func aTerminalSeesPaceAndTimeLeftOnOneLine() throws {
        let progress = CountProgress("reading", total: 100, isTerminal: true, now: 0)
        #expect(progress.update(1, now: 0.05) == nil)
        #expect(progress.update(20, now: 10) == "\rreading: 20 of 100 images, 2.0 images/s, ETA 40s")
        #expect(progress.update(21, now: 10.05) == nil)
        let last = try #require(progress.update(100, now: 50))
        #expect(last.hasPrefix("\rreading: 100 of 100 images, 2.0 images/s, 50s") && last.hasSuffix("\n"))
    }

    @Test func slowThingsAreCountedInSecondsEach() {
        let progress = CountProgress("scoring", total: 10, isTerminal: true, now: 0)
        #expect(progress.update(2, now: 60) == "\rscoring: 2 of 10 images, 30.0 s each, ETA 4m00s")
    }

    @Test func plainLinesAreSparseAndAShortLoopHasNone() {
        let short = CountProgress("a", total: 3, isTerminal: false, now: 0)
        #expect((1...3).allSatisfy { short.update($0, now: Double($0)) == nil })
        let long = CountProgress("counting", total: 36_000, of: "labels", isTerminal: false, now: 0)
        var lines = 0
        for second in 1...36_000 where long.update(second, now: Double(second)) != nil { lines += 1 }
        #expect((30...100).contains(lines), "\(lines)")
        #expect(
            CountProgress("b", total: 40, of: "labels", isTerminal: false, now: 0).update(20, now: 10)
                == "b: 20 of 40 labels, 2.0 labels/s, ETA 10s\n")
    }

    @Test func aLineThatVanishesLeavesNothing() throws {
        let quick = CountProgress("a", total: 1, ending: .vanishes, isTerminal: true, now: 0)
        #expect(quick.update(1, now: 0.01) == nil)
        let progress = CountProgress("a", total: 10, ending: .vanishes, isTerminal: true, now: 0)
        let shown = try #require(progress.update(5, now: 1))
        let gone = try #require(progress.update(10, now: 2))
        #expect(gone.hasPrefix("\r ") && gone.hasSuffix(" \r"))
        #expect(gone.count == shown.count + 1 && gone.dropFirst().dropLast().allSatisfy { $0 == " " })
    }
}
