internal import CSharedMemory
internal import ImageIO

/// The memory of the records: a ring in which the next record is written over the oldest ones.
///
/// Records lie in one piece each, linked in order of offset. Space for a new one is found at the head: free space is
/// used, records nobody reads are evicted, and the head jumps over records that are being read. Until the ring is full
/// once, nothing is evicted. All members need the store's lock.
struct RecordRing {
    let store: UnsafeMutablePointer<cshm_store>
    let entries: UnsafeMutablePointer<cshm_entry>
    let base: UnsafeMutableRawPointer

    /// Records begin at multiples of this.
    static let alignment = 64

    static func aligned(_ bytes: Int) -> Int { (bytes + alignment - 1) / alignment * alignment }

    /// Finds space for an item's record, evicting others.
    ///
    /// - Returns: whether the entry now has an offset. False when everything in the way is being read.
    func place(_ item: Int, bytes: Int) -> Bool {
        let wanted = UInt64(Self.aligned(bytes))
        var turns = 0
        var position = store.pointee.head
        while turns < 2 {
            let next = following
            let limit = next.map { entries[$0].offset } ?? store.pointee.ring_bytes
            if limit - position >= wanted {
                link(item, at: position, bytes: wanted)
                return true
            }
            if let next {
                if entries[next].pins == 0 {
                    evict(next)
                } else {
                    position = entries[next].offset + entries[next].bytes
                    store.pointee.before_head = Int32(next)
                }
            } else {
                position = 0
                store.pointee.before_head = -1
                turns += 1
            }
        }
        store.pointee.head = position
        return false
    }

    /// The first record at or after the head.
    private var following: Int? {
        let before = store.pointee.before_head
        let next = before < 0 ? store.pointee.first : entries[Int(before)].next
        return next < 0 ? nil : Int(next)
    }

    private func link(_ item: Int, at offset: UInt64, bytes: UInt64) {
        entries[item].offset = offset
        entries[item].bytes = bytes
        entries[item].next = Int32(following ?? -1)
        setFollowing(Int32(item))
        store.pointee.before_head = Int32(item)
        store.pointee.head = offset + bytes
    }

    private func evict(_ item: Int) {
        setFollowing(entries[item].next)
        entries[item].state = CSHM_EMPTY.rawValue
        entries[item].next = -1
        store.pointee.evicted += 1
    }

    private func setFollowing(_ item: Int32) {
        let before = store.pointee.before_head
        if before < 0 { store.pointee.first = item } else { entries[Int(before)].next = item }
    }
}

extension RecordRing {
    /// Copies a record's pixels to the entry's place and describes them in the entry.
    func write(_ record: SampleRecord, to item: Int) {
        var target = base + Int(entries[item].offset)
        func append(_ part: [UInt8]) {
            part.withUnsafeBytes { bytes in
                if let source = bytes.baseAddress { target.copyMemory(from: source, byteCount: bytes.count) }
                target += bytes.count
            }
        }
        append(record.image.pixels)
        append(record.labels?.pixels ?? [])
        append(record.objects ?? [])
        entries[item].height = Int32(record.image.height)
        entries[item].width = Int32(record.image.width)
        entries[item].file_height = Int32(record.fileHeight)
        entries[item].file_width = Int32(record.fileWidth)
        entries[item].has_labels = record.labels == nil ? 0 : 1
        entries[item].object_bytes = Int64(record.objects?.count ?? -1)
    }

    /// The pixels of an item; valid while it is pinned.
    func view(of item: Int) -> SampleRecordView {
        let entry = entries[item]
        let count = Int(entry.height) * Int(entry.width)
        let start = UnsafeRawPointer(base + Int(entry.offset))
        let labels = start + 3 * count
        let objects = labels + (entry.has_labels == 0 ? 0 : count)
        return SampleRecordView(
            height: Int(entry.height), width: Int(entry.width), fileHeight: Int(entry.file_height),
            fileWidth: Int(entry.file_width),
            image: UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: 3 * count),
            labels: entry.has_labels == 0
                ? nil : UnsafeBufferPointer(start: labels.assumingMemoryBound(to: UInt8.self), count: count),
            objects: entry.object_bytes < 0
                ? nil
                : UnsafeBufferPointer(
                    start: objects.assumingMemoryBound(to: UInt8.self), count: Int(entry.object_bytes)))
    }
}
