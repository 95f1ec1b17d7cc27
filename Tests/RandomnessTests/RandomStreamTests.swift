import Randomness
import Testing

@Suite struct PhiloxTests {
    /// Known answers published with Random123 (`kat_vectors`, philox4x32 10).
    @Test func agreesWithThePublishedVectors() {
        #expect(
            Philox.block(counter: SIMD4(repeating: 0), key: SIMD2(repeating: 0))
                == SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
        #expect(
            Philox.block(counter: SIMD4(repeating: .max), key: SIMD2(repeating: .max))
                == SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD))
        #expect(
            Philox.block(
                counter: SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344), key: SIMD2(0xA409_3822, 0x299F_31D0)
            )
                == SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1))
    }
}

@Suite struct RandomStreamTests {
    @Test func skippingIsDrawingWithoutLooking() {
        var drawn = RandomStream(seed: 3, "a", step: 2)
        for _ in 0..<4 * 5 { _ = drawn.next32() }
        var skipped = RandomStream(seed: 3, "a", step: 2)
        skipped.skip(blocks: 5)
        #expect((0..<6).map { _ in drawn.next32() } == (0..<6).map { _ in skipped.next32() })
    }

    @Test func manyNumbersAtOnceAreThoseOfSingleDraws() {
        for (before, count) in [(0, 0), (0, 1), (1, 9), (3, 16), (4, 7)] {
            var single = RandomStream(seed: 5, "b", rank: 3)
            for _ in 0..<before { _ = single.next32() }
            var many = single
            #expect(many.uniforms(count) == (0..<count).map { _ in single.uniform() })
            #expect(many.next32() == single.next32())
        }
    }

    @Test func streamsDifferByEveryPartOfTheirName() {
        let streams = [
            RandomStream(seed: 1, "a"), RandomStream(seed: 2, "a"), RandomStream(seed: 1, "b"),
            RandomStream(seed: 1, "a", step: 1), RandomStream(seed: 1, "a", rank: 1),
        ]
        let firsts = streams.map { stream in
            var copy = stream
            return copy.next()
        }
        #expect(Set(firsts).count == streams.count)
    }

    @Test func uniformStaysInRangeAndHasTheRightMean() {
        var random = RandomStream(seed: 3, "uniform")
        var sum = 0.0
        for _ in 0..<10_000 {
            let value = random.uniform()
            #expect(value >= 0 && value < 1)
            sum += Double(value)
        }
        #expect(abs(sum / 10_000 - 0.5) < 0.015)  // five standard errors
    }

    @Test func integerCoversItsRangeEvenly() {
        var random = RandomStream(seed: 3, "integer")
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<7_000 { counts[random.integer(below: 7)] += 1 }
        #expect(counts.allSatisfy { abs($0 - 1_000) < 150 })
    }

    @Test func choosesWithoutReplacement() {
        var random = RandomStream(seed: 3, "choose")
        let chosen = random.choose(5, from: Array(0..<9))
        #expect(Set(chosen).count == 5)
        #expect(random.permutation(of: 6).sorted() == Array(0..<6))
    }
}
