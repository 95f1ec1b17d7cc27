internal import Basics
internal import CSharedMemory
internal import Glibc

/// Decoded images that all ranks of a node share: each is decoded by the first rank that needs it, and read by all.
///
/// The store has a byte budget; when it is full, the oldest records give way. What it holds never changes a result,
/// only who decodes: a rank that cannot use the store (everything is being read, a record is larger than the store, a
/// process died with the lock) decodes for itself.
///
/// A rank that finds an item being decoded waits for it, and takes over when the decoding process dies or takes longer
/// than `patienceSeconds`.
///
/// Layout of the segment: `cshm_store`, one `cshm_entry` an item, then the ring of records.
///
/// Safe to use from several threads: everything mutable is in the segment, behind its lock.
public final class SharedSampleStore: Sendable {
    static let patienceSeconds = 60
    private static let magic: UInt64 = 0x6361_7573_6577_6179

    private let segment: SharedSegment
    public let itemCount: Int
    private let ringOffset: Int

    /// Makes or joins the store of a node. Collective over the node's ranks, which pass equal arguments.
    ///
    /// - Parameters:
    ///   - itemCount: items are numbered `0..<itemCount`.
    ///   - capacityBytes: for records; a little is added for their table.
    ///   - temporaryFolder: holds a file in place of /dev/shm where that is too small.
    /// - Throws: `DataLoadingError` when no memory can be had, or what `node` throws.
    public convenience init(
        itemCount: Int, capacityBytes: Int, node: NodeGroup = .alone, temporaryFolder: String = defaultTemporaryFolder
    ) throws {
        try self.init(
            itemCount: itemCount, capacityBytes: capacityBytes, node: node, temporaryFolder: temporaryFolder,
            avoidsSharedMemory: false)
    }

    /// As above; `avoidsSharedMemory` does what a full /dev/shm makes it do.
    package init(
        itemCount: Int, capacityBytes: Int, node: NodeGroup, temporaryFolder: String, avoidsSharedMemory: Bool
    ) throws {
        precondition(
            itemCount > 0 && itemCount <= Int(Int32.max) && capacityBytes > 0,
            "SharedSampleStore: needs items and bytes, got \(itemCount) items, \(capacityBytes) bytes")
        let head = RecordRing.aligned(MemoryLayout<cshm_store>.size)
        let ringOffset = head + RecordRing.aligned(itemCount * MemoryLayout<cshm_entry>.stride)
        let ringBytes = RecordRing.aligned(capacityBytes)
        segment = try SharedSegment.make(
            byteCount: ringOffset + ringBytes, node: node, temporaryFolder: temporaryFolder,
            avoidsSharedMemory: avoidsSharedMemory
        ) { address in
            let store = address.assumingMemoryBound(to: cshm_store.self)
            let status = cshm_store_init(store)
            store.pointee.entry_count = UInt64(itemCount)
            store.pointee.ring_bytes = UInt64(ringBytes)
            store.pointee.magic = Self.magic
            return status
        }
        self.itemCount = itemCount
        self.ringOffset = ringOffset
        precondition(
            ring.store.pointee.magic == Self.magic && ring.store.pointee.entry_count == itemCount,
            "SharedSampleStore: the ranks of a node passed different item counts")
    }

    /// Where the bytes live.
    public var backing: StoreBacking { segment.backing }
    /// A sentence for the log when the store is not in shared memory as it should be. On one rank of the node only.
    public var notice: String? { segment.notice }

    /// `TMPDIR`, or /tmp.
    public static var defaultTemporaryFolder: String {
        getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    }

    private var ring: RecordRing {
        let address = segment.address
        return RecordRing(
            store: address.assumingMemoryBound(to: cshm_store.self),
            entries: (address + RecordRing.aligned(MemoryLayout<cshm_store>.size))
                .assumingMemoryBound(to: cshm_entry.self),
            base: address + ringOffset)
    }
}

extension SharedSampleStore {
    /// Calls `body` with an item's pixels, decoding them if no rank of the node has.
    ///
    /// - Parameters:
    ///   - decode: makes the record; the same on every rank.
    ///   - body: must not keep the view.
    /// - Throws: what `decode` throws; the item can then be tried again.
    package func withRecord<Result>(
        _ item: Int, decode: () throws(DataLoadingError) -> SampleRecord, _ body: (SampleRecordView) -> Result
    ) throws(DataLoadingError) -> Result {
        precondition((0..<itemCount).contains(item), "SharedSampleStore: item \(item) is not in 0..<\(itemCount)")
        while true {
            switch claim(item) {
            case .ready(let view):
                defer { unpin(item) }
                return body(view)
            case .decode:
                let record = try decodeClaimed(item, decode)
                return record.withView(body)
            case .wait(let changes):
                cshm_wait(&ring.store.pointee.changes, changes, 100)
            case .useNothing:
                return try decode().withView(body)
            }
        }
    }

    private func decodeClaimed(
        _ item: Int, _ decode: () throws(DataLoadingError) -> SampleRecord
    ) throws(DataLoadingError) -> SampleRecord {
        do {
            let record = try decode()
            publish(record, as: item)
            return record
        } catch {
            withLock { ring in
                guard ring.entries[item].state == CSHM_DECODING.rawValue else { return }
                ring.entries[item].state = CSHM_EMPTY.rawValue
            }
            cshm_increment(&ring.store.pointee.changes)
            throw error
        }
    }

    private enum Claim {
        case ready(SampleRecordView)
        case decode
        /// Another rank decodes; the value of the change counter before.
        case wait(UInt32)
        case useNothing
    }

    private func claim(_ item: Int) -> Claim {
        withLock { ring in
            let entry = ring.entries + item
            switch entry.pointee.state {
            case CSHM_READY.rawValue:
                entry.pointee.pins += 1
                ring.store.pointee.reused += 1
                return .ready(ring.view(of: item))
            case CSHM_DECODING.rawValue where isAtWork(entry.pointee):
                return .wait(cshm_load(&ring.store.pointee.changes))
            case CSHM_TOO_LARGE.rawValue:
                ring.store.pointee.unshared += 1
                return .useNothing
            default:
                markDecoding(entry, by: getpid())
                return .decode
            }
        } ?? .useNothing
    }

    private func isAtWork(_ entry: cshm_entry) -> Bool {
        cshm_process_exists(entry.owner) != 0 && Self.now - entry.since < Self.patienceSeconds
    }

    private func markDecoding(_ entry: UnsafeMutablePointer<cshm_entry>, by process: Int32) {
        entry.pointee.state = CSHM_DECODING.rawValue
        entry.pointee.owner = process
        entry.pointee.since = Self.now
    }

    /// Puts a record in the ring, unless somebody who took over has.
    private func publish(_ record: SampleRecord, as item: Int) {
        withLock { ring in
            guard ring.entries[item].state == CSHM_DECODING.rawValue else { return }
            ring.store.pointee.decoded += 1
            if RecordRing.aligned(record.byteCount) > Int(ring.store.pointee.ring_bytes) {
                ring.entries[item].state = CSHM_TOO_LARGE.rawValue
            } else if ring.place(item, bytes: record.byteCount) {
                ring.write(record, to: item)
                ring.entries[item].pins = 0
                ring.entries[item].state = CSHM_READY.rawValue
            } else {
                ring.entries[item].state = CSHM_EMPTY.rawValue
                ring.store.pointee.unshared += 1
            }
        }
        cshm_increment(&ring.store.pointee.changes)
    }

    private func unpin(_ item: Int) {
        withLock { $0.entries[item].pins -= 1 }
    }

    /// nil when a process died with the lock: the table may be half written and is not trusted again.
    private func withLock<Result>(_ body: (RecordRing) -> Result) -> Result? {
        let ring = ring
        cshm_lock(ring.store)
        defer { cshm_unlock(ring.store) }
        return ring.store.pointee.is_broken == 0 ? body(ring) : nil
    }

    private static var now: Int64 { Int64(MonotonicClock.seconds) }
}

/// What the ranks of a node did with their store since it was made.
public struct StoreStatistics: Sendable, Equatable {
    /// Records decoded and offered to all.
    public let decoded: Int
    /// Times a record was read that another request had decoded.
    public let reused: Int
    /// Records that gave way to others.
    public let evicted: Int
    /// Records that found no place.
    public let unshared: Int

    package init(decoded: Int, reused: Int, evicted: Int, unshared: Int) {
        self.decoded = decoded
        self.reused = reused
        self.evicted = evicted
        self.unshared = unshared
    }
}

extension SharedSampleStore {
    /// Of all ranks of the node together.
    public var statistics: StoreStatistics {
        let store = ring.store
        cshm_lock(store)
        defer { cshm_unlock(store) }
        return StoreStatistics(
            decoded: Int(store.pointee.decoded), reused: Int(store.pointee.reused),
            evicted: Int(store.pointee.evicted), unshared: Int(store.pointee.unshared))
    }

    /// Marks an item as being decoded by another process, as that process would: for the tests of its death.
    package func pretendDecoding(_ item: Int, by process: Int32) {
        withLock { markDecoding($0.entries + item, by: process) }
    }
}
