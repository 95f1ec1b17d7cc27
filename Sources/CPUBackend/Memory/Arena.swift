internal import Basics
internal import DeviceSeam
internal import Glibc

/// One range of addresses from which blocks of any size are cut. Addresses are reserved once, memory is taken as the
/// end of what is in use moves up, in huge pages.
struct Arena: ~Copyable {
    private static let hugePage = 2 << 20

    private var base: UnsafeMutableRawPointer?
    private var capacity = 0
    private var ranges = FreeRanges()
    /// Bytes that may be used; those above the end of the ranges have not been touched.
    private(set) var committedBytes = 0

    init() {}

    /// - Parameter size: a multiple of 64, in bytes.
    /// - Returns: `nil` where the system has no more memory.
    mutating func allocate(size: Int) -> UnsafeMutableRawPointer? {
        if base == nil { reserve() }
        guard let base else { return nil }
        if let hole = ranges.takeHole(size: size) { return base + hole }
        guard commit(upTo: ranges.end + size) else { return nil }
        return base + ranges.takeEnd(size: size)
    }

    /// - Parameter size: as allocated.
    mutating func release(_ block: UnsafeMutableRawPointer, size: Int) {
        guard let base else { return }
        ranges.release(start: block - base, size: size)
    }

    /// Gives everything back; no block may be in use.
    mutating func unmap() {
        if let base {
            munmap(base, capacity)
            MemoryShortage.noteReserved(committedBytes - capacity)
        }
        (base, capacity, committedBytes) = (nil, 0, 0)
        ranges = FreeRanges()
    }

    /// Whether a block was cut from here.
    func contains(_ block: UnsafeMutableRawPointer) -> Bool {
        guard let base else { return false }
        return block >= base && block < base + capacity
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
