internal import Basics
internal import Glibc

/// One range of addresses from which blocks of any size are cut: the best fitting hole, or new memory at the end.
/// Neighbouring holes are joined. Addresses are reserved once, memory is taken as the end moves up, in huge pages.
struct Arena: ~Copyable {
    private struct Hole {
        var start: Int
        var size: Int
        var end: Int { start + size }
    }

    private static let hugePage = 2 << 20

    private var base: UnsafeMutableRawPointer?
    private var capacity = 0
    /// Where new memory begins; all holes lie below and none touches it.
    private var end = 0
    /// By address.
    private var holes: [Hole] = []
    /// Bytes that may be used; those above `end` have not been touched.
    private(set) var committedBytes = 0

    init() {}

    /// - Parameter size: a multiple of 64, in bytes.
    /// - Returns: `nil` where the system has no more memory.
    mutating func allocate(size: Int) -> UnsafeMutableRawPointer? {
        if base == nil { reserve() }
        guard let base else { return nil }
        if let best = bestHole(for: size) {
            let start = holes[best].start
            if holes[best].size == size {
                holes.remove(at: best)
            } else {
                holes[best].start += size
                holes[best].size -= size
            }
            return base + start
        }
        guard commit(upTo: end + size) else { return nil }
        defer { end += size }
        return base + end
    }

    /// - Parameter size: as allocated.
    mutating func release(_ block: UnsafeMutableRawPointer, size: Int) {
        guard let base else { return }
        var hole = Hole(start: block - base, size: size)
        var next = firstHole(after: hole.start)
        if next < holes.count, holes[next].start == hole.end {
            hole.size += holes[next].size
            holes.remove(at: next)
        }
        if next > 0, holes[next - 1].end == hole.start {
            next -= 1
            hole.start = holes[next].start
            hole.size += holes[next].size
            holes.remove(at: next)
        }
        if hole.end == end {
            end = hole.start
        } else {
            holes.insert(hole, at: next)
        }
    }

    /// Gives everything back; no block may be in use.
    mutating func unmap() {
        if let base {
            munmap(base, capacity)
            MemoryShortage.noteReserved(committedBytes - capacity)
        }
        (base, capacity, end, committedBytes) = (nil, 0, 0, 0)
        holes = []
    }

    /// Whether a block was cut from here.
    func contains(_ block: UnsafeMutableRawPointer) -> Bool {
        guard let base else { return false }
        return block >= base && block < base + capacity
    }

    /// The smallest hole that is large enough, the lowest among equals.
    private func bestHole(for size: Int) -> Int? {
        var best: Int?
        for index in holes.indices where holes[index].size >= size {
            if let found = best, holes[found].size <= holes[index].size { continue }
            best = index
        }
        return best
    }

    private func firstHole(after start: Int) -> Int {
        var (low, high) = (0, holes.count)
        while low < high {
            let middle = (low + high) / 2
            if holes[middle].start < start { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Takes addresses without memory, as many as the system lets us have (a limit such as `ulimit -v` may be set).
    ///
    /// Under such a limit files, images and libraries need addresses as well: half of what is left is theirs.
    private mutating func reserve() {
        var size = 1 << 42
        while let room = MemoryShortage.addressRoom, size > room / 2, size > Self.hugePage { size /= 2 }
        while size >= Self.hugePage {
            let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
            if let start = mmap(nil, size + Self.hugePage, PROT_NONE, flags, -1, 0), start != MAP_FAILED {
                base = UnsafeMutableRawPointer(bitPattern: (UInt(bitPattern: start) + 0x1F_FFFF) & ~0x1F_FFFF)
                capacity = size
                MemoryShortage.noteReserved(size)
                madvise(start, size + Self.hugePage, MADV_HUGEPAGE)
                return
            }
            size /= 2
        }
    }

    private mutating func commit(upTo needed: Int) -> Bool {
        guard needed > committedBytes else { return true }
        let wanted = (needed + Self.hugePage - 1) / Self.hugePage * Self.hugePage
        guard let base, wanted <= capacity,
            mprotect(base + committedBytes, wanted - committedBytes, PROT_READ | PROT_WRITE) == 0
        else { return false }
        MemoryShortage.noteReserved(committedBytes - wanted)
        committedBytes = wanted
        return true
    }
}
