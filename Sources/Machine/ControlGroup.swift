/// What a container allows this process to use: cgroup version 2, then version 1.
public enum ControlGroup {
    /// Cores' worth of time, such as 1.5; nil without a limit.
    public static var coreLimit: Double? {
        if let text = SystemFile.text("/sys/fs/cgroup/cpu.max") {
            let parts = text.split(whereSeparator: \.isWhitespace).map { Double($0) }
            guard parts.count == 2, let quota = parts[0], let period = parts[1], period > 0 else { return nil }
            return quota / period
        }
        guard let quota = SystemFile.number("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), quota > 0,
            let period = SystemFile.number("/sys/fs/cgroup/cpu/cpu.cfs_period_us"), period > 0
        else { return nil }
        return Double(quota) / Double(period)
    }

    /// Bytes; nil without a limit.
    public static var memoryLimitBytes: Int? {
        let limit =
            SystemFile.number("/sys/fs/cgroup/memory.max")
            ?? SystemFile.number("/sys/fs/cgroup/memory/memory.limit_in_bytes")
        // Version 1 writes "no limit" as a number near 2^63.
        return limit.flatMap { $0 < 1 << 60 ? $0 : nil }
    }

    /// Bytes in use by the container; nil when unknown.
    public static var memoryUseBytes: Int? {
        SystemFile.number("/sys/fs/cgroup/memory.current")
            ?? SystemFile.number("/sys/fs/cgroup/memory/memory.usage_in_bytes")
    }
}
