import CDeviceDriver
import CDeviceKernels
import DeviceBackend
import DeviceSeam
import Testing

extension `The stand-in driver` {
    /// Streams of the stand-in, and copies that go on beside the work.
    @Suite struct Streams {
        /// Some bytes of host memory that one stream changes and another reads.
        private struct TwoStreams {
            var driver = cdd_driver()
            var (writer, reader): (cdd_stream?, cdd_stream?)
            var event: cdd_event?
            var base: cdd_address = 0
            var host: UnsafeMutableRawPointer?

            init() {
                cdk_standin_driver(&driver)
                _ = (driver.stream_create(&writer, 1), driver.stream_create(&reader, 1))
                _ = driver.event_create(&event, 2)
                _ = driver.host_allocate(&host, 4096)
                base = UInt64(UInt(bitPattern: host))
                _ = driver.fill_bytes(base, 1, 64, writer)
                _ = driver.stream_wait(writer)
            }

            /// What the reader finds of what the writer was told before.
            func read(waits: Bool) -> UInt8 {
                _ = driver.fill_bytes(base, 2, 64, writer)
                _ = driver.event_record(event, writer)
                // What comes later is not the reader's affair.
                _ = driver.fill_bytes(base + 64, 3, 64, writer)
                if waits { _ = driver.stream_wait_event(reader, event, 0) }
                _ = driver.copy(base + 128, base, 64, reader)
                _ = driver.stream_wait(reader)
                return host.map { $0.load(fromByteOffset: 128, as: UInt8.self) } ?? 0
            }

            func close() {
                _ = (driver.stream_destroy(writer), driver.stream_destroy(reader))
                _ = (driver.event_destroy(event), driver.host_free(host))
            }
        }

        @Test func `a stream does not see what another was told, unless it waits for it`() {
            let streams = TwoStreams()
            defer { streams.close() }
            #expect(streams.read(waits: false) == 1)
            #expect(streams.read(waits: true) == 2)
        }

        @Test(arguments: [0, 1, 7, 12_345] as [UInt64])
        func `a stream that waits sees what it waits for, whichever works first`(seed: UInt64) {
            withOptions { $0.seed = seed } run: {
                for _ in 0..<20 {
                    let streams = TwoStreams()
                    defer { streams.close() }
                    #expect(streams.read(waits: true) == 2)
                }
            }
        }

        @Test func `an event comes while the host asks, and not at the first question`() throws {
            let streams = TwoStreams()
            defer { streams.close() }
            for _ in 0..<100 { _ = streams.driver.fill_bytes(streams.base, 5, 64, streams.writer) }
            _ = streams.driver.event_record(streams.event, streams.writer)
            var questions = 1
            while streams.driver.event_query(streams.event) == Int32(CDD_NOT_READY) { questions += 1 }
            #expect((2...100).contains(questions))
        }

        /// Numbers that are doubled by the device, go to the host, get 1 there, go back and are doubled again, while
        /// other work goes on; the results of some rounds.
        private static func stagedRounds() throws -> [[Float]] {
            let side = Side(try DeviceBackend(.standIn))
            return try (0..<3).map { round in
                let numbers = side.array((0..<10).map { Float($0 + round) })
                let other = side.random([64, 64], seed: 1)
                side.backend.unary(.affine, 2, 0, numbers, into: numbers)
                do {
                    let stage = try #require(side.backend.stage(numbers.memory, from: 0, byteCount: 40))
                    side.backend.softmax(other, into: other)
                    while !stage.isHere {}
                    for index in 0..<10 { stage.bytes.bindMemory(to: Float.self)[index] += 1 }
                    stage.bringBack()
                }
                side.backend.unary(.affine, 2, 0, numbers, into: numbers)
                return side.values(numbers)
            }
        }

        private static let expected = (0..<3).map { round in (0..<10).map { 2 * (2 * Float($0 + round) + 1) } }

        @Test(arguments: [0, 1, 2, 3, 12_345] as [UInt64])
        func `copies beside the work see it and are seen by it`(seed: UInt64) throws {
            let rounds = try withOptions { $0.seed = seed } run: { try Self.stagedRounds() }
            #expect(rounds == Self.expected)
        }

        /// The first wait is that of the copy for the work before, the second that of the work for the copy back.
        @Test(arguments: [1, 2] as [Int64]) func `a wait for an event that is forgotten shows`(number: Int64) throws {
            let rounds = try withOptions { $0.forgotten_wait = number } run: { try Self.stagedRounds() }
            #expect(rounds[0] != Self.expected[0])
        }

        /// A copy that is dropped still reads what was there when it was told.
        @Test func `what a dropped copy reads is not changed under it`() throws {
            let backend = try DeviceBackend(.standIn)
            let side = Side(backend)
            let bytes = 4000
            func dropped(forgetting: Int64) throws -> Float {
                try withOptions { $0.forgotten_wait = forgetting } run: {
                    let numbers = side.array([Float](repeating: 1, count: 1000))
                    var stage = backend.stage(numbers.memory, from: 0, byteCount: bytes)
                    let place = try #require(stage).bytes
                    stage = nil
                    side.backend.unary(.affine, 2, 0, numbers, into: numbers)
                    // The work runs to its end before the copies.
                    backend.context.wait()
                    let next = try #require(backend.stage(numbers.memory, from: 0, byteCount: 8))
                    while !next.isHere {}
                    return place.load(fromByteOffset: 3996, as: Float.self)
                }
            }
            #expect(try dropped(forgetting: 0) == 1)
            #expect(try dropped(forgetting: 2) == 2, "the second wait is the one that keeps the bytes")
        }
    }
}

/// Runs something on a stand-in of other options.
func withOptions<Result>(
    _ change: (inout cdk_standin_options) -> Void, run body: () throws -> Result
) rethrows -> Result {
    let options = cdk_standin_get()
    defer { cdk_standin_set(options) }
    var changed = options
    change(&changed)
    cdk_standin_set(changed)
    return try body()
}
