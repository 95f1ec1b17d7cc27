internal import CDeviceDriver

/// NCCL, by which devices of several processes add up numbers among themselves; or the stand-in's.
///
/// `@unchecked Sendable`: pointers to functions, which do not change.
package struct LinkLibrary: @unchecked Sendable {
    /// Names the folder of `libnccl.so.2` where the loader does not find it.
    package static let environmentVariable = "CAUSEWAY_NCCL"
    /// The first that does not block the host, so that it can give up on processes that have gone.
    private static let leastVersion = 21_400

    let table: cdd_nccl
    /// Such as `2.21.5`.
    package let version: String

    /// Opens the library.
    ///
    /// - Parameter standIn: takes the stand-in's.
    /// - Throws: where it is missing or too old, with the remedy.
    package init(standIn: Bool) throws(DeviceError) {
        do {
            table = try DriverTables.nccl(standIn: standIn, in: EnvironmentText.of(Self.environmentVariable))
        } catch {
            throw DeviceError(
                "\(error); install it where the loader looks, or name its folder by \(Self.environmentVariable)")
        }
        var number: Int32 = 0
        let code = table.version(&number)
        guard code == 0 else { throw DeviceError("NCCL does not tell its version (error \(code))") }
        version = Self.text(of: Int(number))
        guard number >= Self.leastVersion else {
            throw DeviceError("NCCL is too old: it is version \(version), and 2.14 is needed")
        }
    }

    /// As NCCL counts since 2.9, and before.
    private static func text(of number: Int) -> String {
        number >= 10_000
            ? "\(number / 10_000).\(number / 100 % 100).\(number % 100)"
            : "\(number / 1000).\(number / 100 % 10).\(number % 100)"
    }

    /// Whether `libnccl` can be opened on this machine for cards, without one.
    ///
    /// - Returns: its version.
    package static func found() throws(DeviceError) -> String {
        let isCard = (try? StandInFaults.ofEnvironment().isCard) ?? false
        return try LinkLibrary(standIn: isCard).version
    }

    /// What the processes of one group find each other by, 128 bytes; made by one of them.
    package func makeIdentity() throws(DeviceError) -> [UInt8] {
        var identity = cdd_nccl_id()
        let code = table.unique_id(&identity)
        guard code == 0 else { throw DeviceError("NCCL cannot begin a group: \(describe(code))") }
        return withUnsafeBytes(of: &identity) { Array($0) }
    }

    func describe(_ code: Int32) -> String { table.error_text(code).map { String(cString: $0) } ?? "error \(code)" }
}
