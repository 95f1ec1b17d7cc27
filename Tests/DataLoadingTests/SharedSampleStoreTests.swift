import Annotations
import DataLoading
import Glibc
import ImageIO
import Synchronization
import Testing
import _TestSupport

/// Serialised: some tests look for names that others make for a moment.
@Suite(.serialized) struct SharedSampleStoreTests {
    /// A record whose every byte follows from the item.
    private static func record(_ item: Int, height: Int = 6, width: Int = 5) -> SampleRecord {
        let count = height * width
        return SampleRecord(
            image: RGBImage(
                height: height, width: width, channels: 3, pixels: (0..<3 * count).map { UInt8(($0 + item) % 251) }),
            annotation: item % 3 == 0
                ? nil
                : Annotation(
                    classes: LabelMap(height: height, width: width, channels: 1, filledWith: UInt8(item % 250)),
                    objects: item % 2 == 0 ? nil : objects(item)),
            fileHeight: 2 * height, fileWidth: 2 * width)
    }

    /// None, or some of one pixel each.
    private static func objects(_ item: Int) -> [AnnotatedObject] {
        (0..<item % 5).map { index in
            AnnotatedObject(trainID: UInt8(index), mask: ObjectMask([PixelRun(row: 0, start: 0, end: 1)]))
        }
    }

    private static func matches(_ view: SampleRecordView, _ record: SampleRecord) -> Bool {
        view.height == record.image.height && view.width == record.image.width && view.fileHeight == record.fileHeight
            && Array(view.image) == record.image.pixels && view.labels.map { Array($0) } == record.labels?.pixels
            && view.objects.map { Array($0) } == record.objects
    }

    @Test func decodesOnceAndGivesBackEveryByte() throws {
        let store = try SharedSampleStore(itemCount: 10, capacityBytes: 1 << 16)
        for round in 0..<2 {
            for item in 0..<10 {
                let record = Self.record(item)
                let matched = try store.withRecord(item, decode: { record }) { Self.matches($0, record) }
                #expect(matched, "item \(item) in round \(round)")
            }
        }
        #expect(store.statistics == StoreStatistics(decoded: 10, reused: 10, evicted: 0, unshared: 0))
        #expect(store.backing == .privateMemory)
        #expect(store.notice == nil)
    }

    @Test func theOldestGiveWayWhenTheStoreIsFull() throws {
        let store = try SharedSampleStore(itemCount: 100, capacityBytes: 2000)
        for position in 0..<500 {
            let item = position * 37 % 100
            let record = Self.record(item, height: 3 + item % 5, width: 4 + item % 7)
            let matched = try store.withRecord(item, decode: { record }) { Self.matches($0, record) }
            #expect(matched, "item \(item)")
        }
        #expect(store.statistics.evicted > 0)
        let last = Self.record(499 * 37 % 100, height: 3 + 63 % 5, width: 4 + 63 % 7)
        let kept = try store.withRecord(63, decode: { Self.record(0) }) { Self.matches($0, last) }
        #expect(kept)
    }

    @Test func aRecordLargerThanTheStoreIsStillServed() throws {
        let store = try SharedSampleStore(itemCount: 2, capacityBytes: 64)
        let record = Self.record(1, height: 50, width: 50)
        for _ in 0..<2 {
            let matched = try store.withRecord(1, decode: { record }) { Self.matches($0, record) }
            #expect(matched)
        }
        #expect(store.statistics.unshared == 1)
    }

    @Test func recordsBeingReadStayUntouched() throws {
        let store = try SharedSampleStore(itemCount: 50, capacityBytes: 800)
        let first = Self.record(1)
        _ = try store.withRecord(1, decode: { first }) { _ in }
        let matched = try store.withRecord(1, decode: { first }) { view in
            for item in 2..<50 {
                do {
                    try store.withRecord(item, decode: { Self.record(item) }) { _ in }
                } catch {
                    Issue.record(error)
                }
            }
            return Self.matches(view, first)
        }
        #expect(matched)
    }

    @Test func aFailedDecodeIsThrownAndCanBeTriedAgain() throws {
        let store = try SharedSampleStore(itemCount: 1, capacityBytes: 1000)
        #expect(throws: DataLoadingError.self) {
            try store.withRecord(
                0, decode: { () throws(DataLoadingError) in throw DataLoadingError(.badSample, "broken") }
            ) { _ in }
        }
        #expect(try store.withRecord(0, decode: { Self.record(0) }) { $0.height } == 6)
    }

    @Test func ranksOfANodeDecodeEachImageOnce() {
        let decoded = Mutex([Int](repeating: 0, count: 40))
        ThreadedNode.run(4) { node in
            do {
                let store = try SharedSampleStore(itemCount: 40, capacityBytes: 1 << 20, node: node)
                #expect(store.backing == .sharedMemory)
                for step in 0..<80 {
                    let item = (step * 7 + node.rank) % 40
                    let record = Self.record(item)
                    let matched = try store.withRecord(
                        item,
                        decode: {
                            decoded.withLock { $0[item] += 1 }
                            usleep(500)
                            return record
                        }) { Self.matches($0, record) }
                    #expect(matched)
                }
            } catch {
                Issue.record(error)
            }
        }
        #expect(decoded.withLock { $0 } == [Int](repeating: 1, count: 40))
        #expect(Self.leftovers(in: "/dev/shm").isEmpty)
    }

    @Test func manyThreadsOnASmallStoreNeverSeeForeignBytes() throws {
        let store = try SharedSampleStore(itemCount: 64, capacityBytes: 1500)
        inParallel(6) { thread in
            for step in 0..<400 {
                let item = (step &* 2_654_435_761 &+ thread &* 97) % 64
                let record = Self.record(item, height: 1 + item % 6, width: 1 + item % 9)
                do {
                    let matched = try store.withRecord(item, decode: { record }) { Self.matches($0, record) }
                    #expect(matched)
                } catch {
                    Issue.record(error)
                }
            }
        }
    }

    @Test func theWorkOfADeadProcessIsTakenOver() throws {
        let store = try SharedSampleStore(itemCount: 1, capacityBytes: 1000)
        store.pretendDecoding(0, by: try Self.idOfADeadProcess())
        #expect(try store.withRecord(0, decode: { Self.record(0) }) { $0.height } == 6)
        #expect(store.statistics.decoded == 1)
    }

    @Test func withoutSharedMemoryTheStoreIsAFileAndSaysSo() {
        let folder = TemporaryFolder()
        let notices = Mutex<[String]>([])
        ThreadedNode.run(2) { node in
            do {
                let store = try SharedSampleStore(
                    itemCount: 4, capacityBytes: 1 << 20, node: node, temporaryFolder: folder.path,
                    avoidsSharedMemory: true)
                #expect(store.backing == .file(folder: folder.path))
                if let notice = store.notice { notices.withLock { $0.append(notice) } }
                let record = Self.record(3)
                let matched = try store.withRecord(3, decode: { record }) { Self.matches($0, record) }
                #expect(matched)
            } catch {
                Issue.record(error)
            }
        }
        #expect(notices.withLock { $0.count } == 1)
        #expect(notices.withLock { $0.first?.contains("lower data.storeMegabytes") } == true)
        #expect(Self.leftovers(in: folder.path).isEmpty)
    }

    @Test func everyRankHearsThatThereIsNoMemory() throws {
        let bytes = try Self.moreThanSharedMemoryHolds()
        let messages = Mutex<[String]>([])
        ThreadedNode.run(2) { node in
            do {
                _ = try SharedSampleStore(
                    itemCount: 4, capacityBytes: bytes, node: node, temporaryFolder: "/nonexistent")
            } catch {
                messages.withLock { $0.append("\(error)") }
            }
        }
        let heard = messages.withLock { $0 }
        #expect(heard.count == 2)
        #expect(heard.allSatisfy { $0.contains("lower data.storeMegabytes, or set TMPDIR") && $0.contains("/dev/shm") })
        #expect(Self.leftovers(in: "/dev/shm").isEmpty)
    }

    private static func moreThanSharedMemoryHolds() throws -> Int {
        var facts = statvfs()
        try #require(statvfs("/dev/shm", &facts) == 0)
        return Int(facts.f_blocks) * Int(facts.f_frsize) + (1 << 20)
    }

    private static func leftovers(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix("causeway-\(getuid())-\(getpid())-") { names.append(name) }
        }
        return names
    }

    private static func idOfADeadProcess() throws -> Int32 {
        var process: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
        defer { free(arguments[0]) }
        try #require(posix_spawnp(&process, "true", nil, nil, &arguments, environ) == 0)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        return process
    }
}
