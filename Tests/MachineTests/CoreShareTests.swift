import Collectives
import Machine
import Testing

private func share(own: Int, node: Int, ranks: Int, limit: Double? = nil) -> CoreShare {
    CoreShare(ownCores: own, nodeCores: node, nodeRanks: ranks, coreLimit: limit)
}

@Suite struct CoreShareTests {
    @Test func unboundRanksShareTheNode() {
        #expect(share(own: 16, node: 16, ranks: 3).threads == 5)
        #expect(share(own: 2, node: 2, ranks: 3).threads == 1)
        #expect(share(own: 2, node: 2, ranks: 3).isOversubscribed)
    }

    @Test func boundRanksKeepTheirCores() {
        #expect(share(own: 16, node: 32, ranks: 2).threads == 16)
        #expect(share(own: 1, node: 2, ranks: 2).threads == 1)
    }

    @Test func aContainersLimitIsShared() {
        #expect(share(own: 64, node: 64, ranks: 2, limit: 4.5).threads == 2)
        #expect(share(own: 64, node: 64, ranks: 8, limit: 4).isOversubscribed)
    }

    @Test func masksAreJoined() {
        #expect(CoreShare.count(CoreShare.union([[0b011, 0], [0b110, 0x80]])) == 4)
        #expect(CoreShare.count(CoreShare.union([])) == 0)
        #expect(CoreShare.count(CoreShare.mask(hexadecimal: "3,0000000f")) == 6)
    }

    @Test func oneProcessSharesWithNobody() throws {
        let share = try CoreShare(of: SingleProcessGroup())
        #expect(share.nodeRanks == 1 && share.ownCores >= 1 && share.ownCores == share.nodeCores)
    }
}
