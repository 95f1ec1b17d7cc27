/// Counters of a backend's memory, in bytes and blocks.
public struct MemoryStatistics: Sendable, Equatable {
    /// Bytes in live arrays now.
    public var bytesInUse = 0
    /// The largest `bytesInUse` since the peak was last reset.
    public var peakBytesInUse = 0
    /// Bytes taken from the system.
    public var bytesReserved = 0
    /// How often the system was asked for memory.
    public var systemAllocations = 0
    /// How often the host stood still until a device was done with something. Always 0 where calls have done their work
    /// when they return.
    public var hostWaits = 0

    package init() {}
}
