internal import Glibc

/// What a container allows this process to use: cgroup version 2, then version 1.
enum ControlGroup {
    /// Cores' worth of time, such as 1.5; nil without a limit.
    static var coreLimit: Double? {
        if let text = SmallFile.text("/sys/fs/cgroup/cpu.max") {
            let parts = text.split(whereSeparator: \.isWhitespace).map { Double($0) }
            guard parts.count == 2, let quota = parts[0], let period = parts[1], period > 0 else { return nil }
            return quota / period
        }
        guard let quota = SmallFile.number("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), quota > 0,
            let period = SmallFile.number("/sys/fs/cgroup/cpu/cpu.cfs_period_us"), period > 0
        else { return nil }
        return Double(quota) / Double(period)
    }

    /// Bytes; nil without a limit.
    static var memoryLimitBytes: Int? {
        let limit =
            SmallFile.number("/sys/fs/cgroup/memory.max")
            ?? SmallFile.number("/sys/fs/cgroup/memory/memory.limit_in_bytes")
        // Version 1 writes "no limit" as a number near 2^63.
        return limit.flatMap { $0 < 1 << 60 ? $0 : nil }
    }

    /// Bytes in use by the container; nil when unknown.
    static var memoryUseBytes: Int? {
        SmallFile.number("/sys/fs/cgroup/memory.current")
            ?? SmallFile.number("/sys/fs/cgroup/memory/memory.usage_in_bytes")
    }
}

/// Files of `/proc` and `/sys`.
enum SmallFile {
    /// The first 64 KiB; nil when the file cannot be read.
    static func text(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// A file that holds one whole number.
    static func number(_ path: String) -> Int? {
        text(path).flatMap { $0.split(whereSeparator: \.isWhitespace).first }.flatMap { Int($0) }
    }

    /// A value of `/proc/meminfo` in bytes.
    static func memoryInformation(_ key: String) -> Int? {
        let line = text("/proc/meminfo")?.split(separator: "\n").first { $0.hasPrefix(key + ":") }
        let number = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return number.map { $0 << 10 }
    }
}
