import Collectives
import Testing

@Suite struct RankFactsTests {
    private func facts(_ pairs: [(String, String)]) -> RankFacts {
        var facts = RankFacts()
        for (key, value) in pairs { facts.append(key, value) }
        return facts
    }

    /// What all ranks say when each has facts of its own.
    private func disagreement(_ lists: [RankFacts]) throws -> String {
        let messages = try ThreadedGroup.run(size: lists.count) { group -> String in
            do {
                try group.requireSame(lists[group.rank])
                return "no error"
            } catch let error as RankDisagreement {
                return error.description
            }
        }
        #expect(Set(messages).count == 1, "all ranks say the same: \(messages)")
        return messages[0]
    }

    @Test(arguments: [1, 2, 3, 4]) func equalFactsPass(ranks: Int) throws {
        let equal = facts([("seed", "1"), ("steps", "5")])
        #expect(try disagreement((0..<ranks).map { _ in equal }) == "no error")
        #expect(try disagreement((0..<ranks).map { _ in RankFacts() }) == "no error")
    }

    /// A difference is found wherever it stands in a list of any length.
    @Test(arguments: [1, 2, 3, 7, 64]) func theFirstKeyThatDiffersIsNamed(count: Int) throws {
        let usual = facts((0..<count).map { ("key \($0)", "a") })
        for place in 0..<count {
            let odd = facts((0..<count).map { ("key \($0)", $0 < place ? "a" : "b") })
            let message = try disagreement([usual, odd])
            #expect(message.contains("key \(place) is 'b' instead of 'a'"), "\(message)")
            #expect(message.hasPrefix("rank 1 on "))
            #expect(message.contains(" differs from rank 0 on "))
        }
    }

    @Test func theOddRankIsTheOneThatMostDoNotAgreeWith() throws {
        let (usual, odd) = (facts([("seed", "1")]), facts([("seed", "2")]))
        let first = try disagreement([odd, usual, usual])
        #expect(first.hasPrefix("rank 0 on "))
        #expect(first.contains("differs from rank 1 on "))
        #expect(first.contains("and 1 more: seed is '2' instead of '1';"))
        let several = try disagreement([usual, odd, usual, facts([("seed", "3")]), usual])
        #expect(several.hasPrefix("rank 1 on "))
        #expect(several.contains("(rank 3 too)"))
    }

    @Test func aListThatEndsEarlyOrHasOtherKeysIsShown() throws {
        let message = try disagreement([facts([("a", "1"), ("b", "2")]), facts([("a", "1")])])
        #expect(message.contains("it has nothing instead of b '2'"))
        let other = try disagreement([facts([("a", "1"), ("b", "2")]), facts([("a", "1"), ("c", "2")])])
        #expect(other.contains("it has c '2' instead of b '2'"))
    }

    /// Texts that run into each other are not taken for equal.
    @Test func whereAKeyEndsCounts() throws {
        #expect(
            try disagreement([facts([("ab", "c")]), facts([("a", "bc")])]).contains("it has a 'bc' instead of ab 'c'"))
    }

    @Test func aRemarkIsShownButNotCompared() throws {
        var (first, second) = (RankFacts(), RankFacts())
        first.append("image 1", "a.png", remark: "of 8")
        second.append("image 1", "a.png", remark: "of 7")
        #expect(try disagreement([first, second]) == "no error")
        first.append("image 2", "b.png", remark: "of 8")
        second.append("image 2", "c.png", remark: "of 7")
        #expect(try disagreement([first, second]).contains("image 2 is 'c.png' of 7 instead of 'b.png' of 8"))
    }

    @Test func workOnAThreadOfItsOwnGivesItsResultOrItsError() throws {
        struct Deliberate: Error {}
        let results = try ThreadedGroup.run(size: 2) { group in group.working { group.rank + 40 } }
        #expect(results == [40, 41])
        #expect(throws: Deliberate.self) {
            _ = try ThreadedGroup.run(size: 2) { group in try group.working { throw Deliberate() } }
        }
    }
}
