internal import CDeviceDriver
internal import CDeviceKernels

/// The functions that a device is reached by: its driver, and a library of products where there is one.
///
/// `@unchecked Sendable`: pointers to functions, which do not change.
struct DriverTables: @unchecked Sendable {
    var driver = cdd_driver()
    var blas: cdd_blas?
    /// Whether they are those of our own driver, which needs no compiler.
    private(set) var isStandIn = false

    /// - Throws: where there is no driver, or it is too old.
    init(_ kind: DeviceKind) throws {
        let faults = try StandInFaults.ofEnvironment()
        if faults.hasNoDriver && kind != .standIn {
            throw DeviceError("cannot load the driver of a graphics card (libcuda.so.1): it was asked not to be found")
        }
        switch kind {
        case .card where !faults.isCard:
            try openCard()
        default:
            isStandIn = true
            faults.apply()
            cdk_standin_driver(&driver)
            var table = cdd_blas()
            cdk_standin_blas(&table)
            blas = table
        }
    }

    /// Functions that do nothing, but for those that name errors.
    var refusing: DriverTables {
        var tables = self
        let (name, text) = (driver.error_name, driver.error_text)
        cdd_refuse(&tables.driver, MemoryLayout<cdd_driver>.size)
        (tables.driver.error_name, tables.driver.error_text) = (name, text)
        tables.blas = nil
        return tables
    }

    private mutating func openCard() throws {
        try Self.open(
            "the driver of a graphics card (libcuda.so.1)", cdd_open_driver, &driver,
            remedy: "; it comes with NVIDIA's driver, whose nvidia-smi shows the cards"
        ) { symbol in
            "the driver of the graphics card is too old: it has no \(symbol); install one of 2023 or later"
        }
        var table = cdd_blas()
        if (try? Self.open("libcublas", cdd_open_blas, &table) { $0 }) != nil { blas = table }
    }

    /// The device's compiler.
    ///
    /// - Parameter folder: where `libnvrtc` lies; nil for where the system looks.
    static func compiler(in folder: String? = nil) throws(DeviceError) -> cdd_compiler {
        let faults = try? StandInFaults.ofEnvironment()
        guard faults?.hasNoCompiler != true else {
            throw DeviceError(
                "cannot load the compiler of the graphics card (libnvrtc): it was asked not to be found")
        }
        var table = cdd_compiler()
        if faults?.hasOwnCompiler == true {
            cdk_standin_compiler(&table)
            return table
        }
        try open("the compiler of the graphics card (libnvrtc)", { cdd_open_compiler($0, folder, $1, $2) }, &table) {
            "libnvrtc has no \($0): it is older than version 12"
        }
        return table
    }

    /// Sums over the cards of several processes.
    ///
    /// - Parameter folder: where `libnccl` lies; nil for where the loader looks.
    static func nccl(standIn: Bool, in folder: String?) throws(DeviceError) -> cdd_nccl {
        let faults = try? StandInFaults.ofEnvironment()
        guard faults?.hasNoNCCL != true else {
            throw DeviceError("cannot load NCCL (libnccl.so.2): it was asked not to be found")
        }
        var table = cdd_nccl()
        if standIn {
            faults?.apply()
            cdk_standin_nccl(&table)
            return table
        }
        try open("NCCL (libnccl.so.2)", { cdd_open_nccl($0, folder, $1, $2) }, &table) {
            "libnccl has no \($0): it is older than version 2.14"
        }
        return table
    }

    private static func open<Table>(
        _ what: String,
        _ fill: (UnsafeMutablePointer<Table>, UnsafeMutablePointer<CChar>?, Int) -> cdd_opening,
        _ table: inout Table, remedy: String = "", tooOld: (String) -> String
    ) throws(DeviceError) {
        var message = [CChar](repeating: 0, count: 512)
        let result = message.withUnsafeMutableBufferPointer { fill(&table, $0.baseAddress, $0.count) }
        let text = message.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        switch result {
        case CDD_OPENED: return
        case CDD_NO_SYMBOL: throw DeviceError(tooOld(text))
        default:
            // The loader begins with the name, which has been said.
            let name = text.prefix { $0 != ":" }
            let reason = what.hasSuffix("(\(name))") ? text.dropFirst(name.count + 2) : text[...]
            throw DeviceError("cannot load \(what): \(reason)\(remedy)")
        }
    }
}
