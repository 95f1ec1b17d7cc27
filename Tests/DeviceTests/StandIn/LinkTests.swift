import Basics
import CDeviceDriver
import CDeviceKernels
import DeviceBackend
import DeviceSeam
import Glibc
import Synchronization
import Testing

/// Devices of several processes that add up by the stand-in's NCCL; here each process is a thread with a device of its own.
/// Options of the stand-in are of the process, so each test has one of its own.
@Suite struct `Devices that add up among themselves` {
    @Test func `have the sums in the order of ranks, whatever their sizes`() async {
        await #expect(processExitsWith: .success) {
            for (size, seed) in [(1, 0), (2, 1), (3, 0), (4, 7)] as [(Int, UInt64)] {
                withOptions { $0.seed = seed } run: {
                    // More than goes in one piece, and numbers whose sum depends on the order.
                    for count in [1, 1000, 200_001] {
                        let results = Ranks.run(size) { rank, side, link in
                            let numbers = side.array((0..<count).map { Ranks.number($0, rank) })
                            link.sum([numbers])
                            link.join()
                            return side.values(numbers)
                        }
                        let expected = (0..<count).map { index in
                            (1..<size).reduce(Ranks.number(index, 0)) { $0 + Ranks.number(index, $1) }
                        }
                        for result in results { #expect(result == expected, "\(count) numbers of \(size) ranks") }
                    }
                }
            }
        }
    }

    @Test func `add up several arrays at once, and none where there is none`() async {
        await #expect(processExitsWith: .success) {
            let results = Ranks.run(3) { rank, side, link in
                let arrays = [side.array([Float(rank)]), side.array([]), side.array([1, 2, Float(rank)])]
                link.sum(arrays)
                link.sum([FloatArray]())
                link.join()
                return arrays.flatMap { side.values($0) }
            }
            for result in results { #expect(result == [3, 3, 6, 3]) }
        }
    }

    /// Doubled by the device, added up, doubled again.
    private static func doubledSums() -> [[Float]] {
        Ranks.run(2) { rank, side, link in
            let numbers = side.array((0..<1000).map { Float($0 + rank) })
            side.backend.unary(.affine, 2, 0, numbers, into: numbers)
            link.sum([numbers])
            side.backend.softmax(side.random([64, 64], seed: 1), into: side.random([64, 64], seed: 1))
            link.join()
            side.backend.unary(.affine, 2, 0, numbers, into: numbers)
            return side.values(numbers)
        }
    }

    private static let doubled = (0..<1000).map { Float(2 * 2 * (2 * $0 + 1)) }

    @Test func `see the work before the sums, and are seen by the work after them`() async {
        await #expect(processExitsWith: .success) {
            for seed in [0, 1, 2, 12_345] as [UInt64] {
                withOptions { $0.seed = seed } run: {
                    for result in Self.doubledSums() { #expect(result == Self.doubled, "seed \(seed)") }
                }
            }
        }
    }

    /// What the second rank has while the host of the first does nothing, and then the first.
    private static func sumsBesideAnIdleHost(forgetting wait: Int64) -> [[Float]] {
        let (isTold, isRead) = (Signal(), Signal())
        return withOptions { $0.forgotten_wait = wait } run: {
            Ranks.run(2) { rank, side, link in
                if rank == 1 { isTold.wait() }
                let numbers = side.array((0..<1000).map { Float($0 + rank) })
                side.backend.unary(.affine, 2, 0, numbers, into: numbers)
                link.sum([numbers])
                if rank == 0 {
                    isTold.raise()
                    isRead.wait()
                }
                link.join()
                side.backend.unary(.affine, 2, 0, numbers, into: numbers)
                defer { isRead.raise() }
                return side.values(numbers)
            }
        }
    }

    /// The first wait of all is that of the first rank's sum for its work.
    @Test func `go on while a host does something else, and show a sum that does not wait for the work`() async {
        await #expect(processExitsWith: .success) {
            #expect(Self.sumsBesideAnIdleHost(forgetting: 0) == [Self.doubled, Self.doubled])
            #expect(Self.sumsBesideAnIdleHost(forgetting: 1)[1] != Self.doubled)
        }
    }

    /// The second wait is that of the first rank's work for its sum, to which the other rank comes only later.
    @Test func `show work that does not wait for the sums`() async {
        await #expect(processExitsWith: .success) {
            let (isRead, isDone) = (Signal(), Signal())
            let results = withOptions { $0.forgotten_wait = 2 } run: {
                Ranks.run(2) { rank, side, link in
                    if rank == 1 { isRead.wait() }
                    let numbers = side.array((0..<1000).map { Float($0 + rank) })
                    link.sum([numbers])
                    link.join()
                    side.backend.unary(.affine, 2, 0, numbers, into: numbers)
                    let values = side.values(numbers)
                    isRead.raise()
                    // Who leaves before takes his part of the sum with him.
                    if rank == 0 { isDone.wait() } else { isDone.raise() }
                    return values
                }
            }
            #expect(results[0] == (0..<1000).map { Float(2 * $0) })
        }
    }

    @Test func `do not keep the host waiting, and leave no name in shared memory`() async {
        await #expect(processExitsWith: .success) {
            let waits = Ranks.run(2) { rank, side, link in
                let numbers = side.array([Float](repeating: 1, count: 100_000))
                let before = side.device.memoryStatistics.hostWaits
                for _ in 0..<5 {
                    link.sum([numbers])
                    link.join()
                }
                let told = side.device.memoryStatistics.hostWaits
                #expect(side.values(numbers)[99_999] == 32)
                let named = Ranks.maps().filter { $0.contains("/causeway-nccl-") && !$0.hasSuffix("(deleted)") }
                #expect(named.isEmpty, "\(named)")
                #expect(Ranks.maps().contains { $0.contains("/causeway-nccl-") })
                return [told - before, side.device.memoryStatistics.hostWaits - told].map(Float.init)
            }
            #expect(waits == [[0, 1], [0, 1]])
        }
    }

    /// Who waits hears of it, gives up, and has a device that has failed; nothing hangs.
    @Test func `give up where one of them has failed`() async {
        await #expect(processExitsWith: .success) {
            let word = Atomic(false)
            let faults = Ranks.faults(
                2, whileWaiting: { word.load(ordering: .acquiring) ? "word of another" : nil },
                tellOthers: { word.store(true, ordering: .releasing) },
                { rank, side, link in
                    let numbers = side.array([Float](repeating: 1, count: 1000))
                    if rank == 1 { side.device.context.fail(DeviceFailure("as the test has it")) }
                    link.sum([numbers])
                    link.join()
                    #expect(side.values(numbers) == [Float](repeating: 0, count: 1000), "of a device that has failed")
                    // The device is well; the sums are not to be had any more, and never missing without a word.
                    let isBack = side.device.context.recover()
                    #expect(isBack)
                    link.sum([numbers])
                })
            let isTold = word.load(ordering: .acquiring)
            #expect(isTold)
            #expect(faults[0].contains("the sums over the devices of all students were given up before"), "\(faults)")
        }
    }

    @Test(arguments: [
        (1, "NCCL reports: remote process exited or there was a network error"),
        (0, "NCCL reports: invalid usage"), (2, "NCCL reports: no sum has ended for 1 s; distribution.stallSeconds"),
    ])
    func `say what NCCL reports`(kind: Int, words: String) async {
        await #expect(processExitsWith: .success) { [kind, words] in
            withOptions { $0.failing_sum = kind == 1 ? 1 : 0 } run: {
                let faults = Ranks.faults(2, patienceSeconds: 1) { rank, side, link in
                    // Of another count on each rank; or on one rank alone.
                    let numbers = side.array([Float](repeating: 1, count: kind == 0 ? 10 + rank : 10))
                    if kind != 2 || rank == 0 { link.sum([numbers]) }
                    link.join()
                    _ = side.values(numbers)
                }
                #expect(faults[0].contains("the sums over the devices of all students failed: ") || kind == 1)
                #expect(faults.contains { $0.contains(words) }, "\(faults)")
            }
        }
    }

    @Test func `cannot be joined where one does not come`() async {
        await #expect(processExitsWith: .success) {
            let (backend, library) = (try DeviceBackend(.standIn), try LinkLibrary(standIn: true))
            let identity = try library.makeIdentity()
            func join() throws {
                _ = try DeviceLink(
                    backend.context, library, identity: identity, rank: 0, size: 2, patienceSeconds: 1)
            }
            let late = #expect(throws: DeviceError.self) { try join() }
            #expect(late?.description == "NCCL cannot join 2 cards: not all of them came within 1 s")
            #expect(Ranks.maps().allSatisfy { !$0.contains("/causeway-nccl-") })
            withOptions { $0.failing_join = true } run: {
                let refused = #expect(throws: DeviceError.self) { try join() }
                #expect(refused?.description.hasPrefix("NCCL cannot join 2 cards: unhandled system error") == true)
            }
        }
    }

    @Test func `need NCCL of version 2.14 or later`() async {
        await #expect(processExitsWith: .success) {
            let version = try LinkLibrary(standIn: true).version
            #expect(version == "2.21.5")
            for (number, text) in [(21_304, "2.13.4"), (2804, "2.8.4")] as [(Int32, String)] {
                withOptions { $0.nccl_version = number } run: {
                    let error = #expect(throws: DeviceError.self) { try LinkLibrary(standIn: true) }
                    #expect(error?.description == "NCCL is too old: it is version \(text), and 2.14 is needed")
                }
            }
            setenv("CAUSEWAY_NCCL", "/nowhere", 1)
            let error = #expect(throws: DeviceError.self) { try LinkLibrary(standIn: false) }
            #expect(error?.description.hasPrefix("cannot load NCCL (libnccl.so.2): /nowhere/libnccl.so.2: ") == true)
            #expect(error?.description.hasSuffix("name its folder by CAUSEWAY_NCCL") == true)
        }
    }
}

/// Something that one thread waits for, and another lets happen.
private final class Signal: Sendable {
    private let isRaised = Atomic(false)
    func raise() { isRaised.store(true, ordering: .releasing) }
    func wait() { while !isRaised.load(ordering: .acquiring) { usleep(1000) } }
}

/// Threads as ranks.
private enum Ranks {
    static func number(_ index: Int, _ rank: Int) -> Float { Float(index % 977 + 1) * (rank % 2 == 0 ? 1e-3 : 1e4) }

    /// Mappings of this process.
    static func maps() -> [Substring] {
        guard let file = fopen("/proc/self/maps", "r") else { return [] }
        defer { fclose(file) }
        var (text, line) = ("", [CChar](repeating: 0, count: 4096))
        while fgets(&line, Int32(line.count), file) != nil {
            text += String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return text.split(separator: "\n")
    }

    /// What each rank answers.
    static func run(
        _ size: Int, patienceSeconds: Int = 60, whileWaiting: @escaping @Sendable () -> String? = { nil },
        tellOthers: @escaping @Sendable () -> Void = {},
        _ body: @escaping @Sendable (Int, LinkedSide, DeviceLink) throws -> [Float]
    ) -> [[Float]] {
        let results = Mutex([[Float]](repeating: [], count: size))
        do {
            let identity = try LinkLibrary(standIn: true).makeIdentity()
            let threads = try (0..<size).map { rank in
                try NamedThread("rank \(rank)") {
                    do {
                        let side = LinkedSide(try DeviceBackend(.standIn))
                        let link = try DeviceLink(
                            side.device.context, try LinkLibrary(standIn: true), identity: identity, rank: rank,
                            size: size, patienceSeconds: patienceSeconds, whileWaiting: whileWaiting,
                            tellOthers: tellOthers)
                        let result = try body(rank, side, link)
                        results.withLock { $0[rank] = result }
                    } catch { Issue.record("rank \(rank): \(error)") }
                }
            }
            for thread in threads { thread.join() }
        } catch { Issue.record("\(error)") }
        return results.withLock { $0 }
    }

    /// The fault that each rank's device ends with.
    static func faults(
        _ size: Int, patienceSeconds: Int = 60, whileWaiting: @escaping @Sendable () -> String? = { nil },
        tellOthers: @escaping @Sendable () -> Void = {},
        _ body: @escaping @Sendable (Int, LinkedSide, DeviceLink) throws -> Void
    ) -> [String] {
        let faults = Mutex([String](repeating: "", count: size))
        _ = run(size, patienceSeconds: patienceSeconds, whileWaiting: whileWaiting, tellOthers: tellOthers) {
            try body($0, $1, $2)
            let (rank, fault) = ($0, $1.device.context.fault?.description ?? "")
            faults.withLock { $0[rank] = fault }
            return []
        }
        return faults.withLock { $0 }
    }
}

/// A device, and arrays on it.
private struct LinkedSide {
    let device: DeviceBackend
    private let side: Side

    init(_ device: DeviceBackend) { (self.device, side) = (device, Side(device)) }

    var backend: any Backend { device }
    func array(_ values: [Float]) -> FloatArray { side.array(values) }
    func random(_ shape: [Int], seed: UInt64) -> FloatArray { side.random(shape, seed: seed) }
    func values(_ array: FloatArray) -> [Float] { side.values(array) }
}
