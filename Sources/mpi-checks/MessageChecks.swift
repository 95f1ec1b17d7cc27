import Collectives
import MPICollectives

/// A ring: each rank sends to the next, with several messages under way and two tags.
func checkMessages(_ world: any ProcessGroup) throws {
    guard world.size > 1 else { return }
    let next = (world.rank + 1) % world.size
    let previous = (world.rank + world.size - 1) % world.size
    for count in [0, 1, 200_000] {
        let outgoing = Buffer(count: count) { Float($0 + world.rank) }
        let incoming = Buffer(count: count) { _ in -1 }
        let receive = try world.startReceive(incoming.values, from: previous, tag: 5, owner: incoming)
        let send = try world.startSend(UnsafeBufferPointer(outgoing.values), to: next, tag: 5, owner: outgoing)
        try send.wait()
        try receive.wait()
        try expectEqual(Array(incoming.values), (0..<count).map { Float($0 + previous) }, "message of \(count) values")
    }
    try expect(try !world.isMessageAvailable(from: previous, tag: 9), "nothing has been sent with tag 9")
    try world.barrier()
    let outgoing = Buffer(count: 3) { _ in Float(world.rank) }
    let tagged = try world.startSend(UnsafeBufferPointer(outgoing.values), to: next, tag: 9, owner: outgoing)
    while try !world.isMessageAvailable(from: previous, tag: 9) {}
    try expectEqual(try world.waitingMessageBytes(from: previous, tag: 9), 12, "length of the waiting message")
    var received = [Float](repeating: 0, count: 3)
    try world.receive(&received, from: previous, tag: 9)
    try tagged.wait()
    try expectEqual(received, [Float](repeating: Float(previous), count: 3), "tagged message")
}

/// Owned memory that an operation under way keeps alive.
private final class Buffer {
    let values: UnsafeMutableBufferPointer<Float>

    init(count: Int, _ make: (Int) -> Float) {
        values = .allocate(capacity: count)
        for index in 0..<count { values.initializeElement(at: index, to: make(index)) }
    }

    deinit { values.deallocate() }
}

/// Transfers larger than a piece; run with pieces small enough to test.
func checkPieces(_ world: any ProcessGroup) throws {
    try checkReductions(world)
    try checkBroadcasts(world)
    try checkGathers(world)
    try checkMessages(world)
}
