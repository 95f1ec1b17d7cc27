internal import CDeviceDriver

/// The compiler of kernels: `libnvrtc`, or what tests have in its place.
package struct KernelCompiler: Sendable {
    /// Names the folder of `libnvrtc` where the loader does not find it.
    package static let environmentVariable = "CAUSEWAY_NVRTC"

    /// Such as `12.9`.
    package let version: String
    /// Capabilities that it compiles for, ascending.
    package let capabilities: [Int]
    private let body: @Sendable (KernelProgram, KernelTarget) throws -> [UInt8]

    package init(
        version: String, capabilities: [Int],
        compile: @escaping @Sendable (KernelProgram, KernelTarget) throws -> [UInt8]
    ) {
        (self.version, self.capabilities, body) = (version, capabilities.sorted(), compile)
    }

    /// The machine code of a program, or its portable form.
    package func compile(_ program: KernelProgram, for target: KernelTarget) throws -> [UInt8] {
        try body(program, target)
    }

    /// What it can make for a card; nil where it is older than the card's whole line, or the card too old for it.
    package func target(for capability: Int) -> KernelTarget? {
        if capabilities.contains(capability) { return KernelTarget(capability: capability) }
        return capabilities.last { $0 < capability }.map { KernelTarget(capability: $0, isPortable: true) }
    }

    /// - Throws: where it cannot compile for a target, with those that it can.
    package func require(_ target: KernelTarget) throws {
        guard !capabilities.contains(target.capability) else { return }
        throw DeviceError(
            "libnvrtc \(version) does not compile for \(target); it does for "
                + capabilities.map { "sm_\($0)" }.joined(separator: ", "))
    }
}

extension KernelCompiler {
    /// Opens `libnvrtc`.
    ///
    /// - Parameter folder: where it lies; nil for where the environment says, or the loader and the usual folders of the
    ///   toolkit have it.
    /// - Throws: where it is not there, with the remedy.
    package static func open(in folder: String? = nil) throws(DeviceError) -> KernelCompiler {
        let table = try table(in: folder)
        let nvrtc = LoadedCompiler(table: table)
        return KernelCompiler(
            version: nvrtc.version, capabilities: nvrtc.capabilities,
            compile: { try nvrtc.compile($0, for: $1) })
    }

    private static func table(in folder: String?) throws(DeviceError) -> cdd_compiler {
        if let named = folder ?? EnvironmentText.of(environmentVariable) {
            do { return try DriverTables.compiler(in: named) } catch {
                throw DeviceError(
                    "\(error.description); \(environmentVariable) is to name the folder that has libnvrtc.so.12 or .13, "
                        + "absolute or below the working folder, or to be unset")
            }
        }
        let toolkits = (["CUDA_HOME", "CUDA_PATH"].compactMap(EnvironmentText.of) + ["/usr/local/cuda"]).map { $0 + "/lib64" }
        do {
            return try DriverTables.compiler()
        } catch {
            for toolkit in toolkits { if let table = try? DriverTables.compiler(in: toolkit) { return table } }
            throw DeviceError(
                "\(error.description); install CUDA's libnvrtc, or the wheel nvidia-cuda-nvrtc-cu12 of PyPI, and name "
                    + "its folder with \(environmentVariable)")
        }
    }
}

/// `libnvrtc`, which serves several threads at once.
///
/// `@unchecked Sendable`: pointers to functions, which do not change.
private struct LoadedCompiler: @unchecked Sendable {
    let table: cdd_compiler

    var version: String {
        var (major, minor): (Int32, Int32) = (0, 0)
        _ = table.version(&major, &minor)
        return "\(major).\(minor)"
    }

    var capabilities: [Int] {
        var count: Int32 = 0
        guard table.architecture_count(&count) == 0, count > 0 else { return [] }
        var list = [Int32](repeating: 0, count: Int(count))
        guard list.withUnsafeMutableBufferPointer({ table.architectures($0.baseAddress) }) == 0 else { return [] }
        return list.map { Int($0) }
    }

    func compile(_ source: KernelProgram, for target: KernelTarget) throws -> [UInt8] {
        var program: cdd_program?
        func require(_ code: Int32, _ action: String) throws {
            guard code != 0 else { return }
            let text = table.error_text(code).map { String(cString: $0) } ?? "error \(code)"
            throw DeviceError(
                "compiling the kernels of \(source.name) for \(target): \(action): \(text)" + log(of: program))
        }
        try require(table.create(&program, source.text, "\(source.name).cu", 0, nil, nil), "making the program")
        defer { _ = table.destroy(&program) }
        let options = KernelCompiler.options(for: target)
        try withCStrings(options) { try require(table.compile(program, Int32(options.count), $0), "compiling") }
        let (size, take) =
            target.isPortable ? (table.portable_size, table.portable) : (table.cubin_size, table.cubin)
        var count = 0
        try require(size?(program, &count) ?? 0, "asking for the size")
        var image = [UInt8](repeating: 0, count: count)
        try require(
            image.withUnsafeMutableBytes { take?(program, $0.baseAddress?.assumingMemoryBound(to: CChar.self)) ?? 0 },
            "taking the result")
        return image
    }

    private func log(of program: cdd_program?) -> String {
        var size = 0
        guard let program, table.log_size(program, &size) == 0, size > 1 else { return "" }
        var text = [CChar](repeating: 0, count: size)
        _ = text.withUnsafeMutableBufferPointer { table.log(program, $0.baseAddress) }
        return "\n" + text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }
}

extension KernelCompiler {
    /// What the compiler is told.
    static func options(for target: KernelTarget) -> [String] {
        ["--gpu-architecture=\(target)", "--std=c++17", "--disable-warnings"]
    }
}

/// Lends texts as C does.
private func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) throws -> Result
) rethrows -> Result {
    let bytes = texts.map { Array($0.utf8CString) }
    let joined = bytes.flatMap { $0 }
    return try joined.withUnsafeBufferPointer { buffer in
        var start = 0
        let pointers = bytes.map { text -> UnsafePointer<CChar>? in
            defer { start += text.count }
            return buffer.baseAddress.map { $0 + start }
        }
        return try pointers.withUnsafeBufferPointer { try body($0.baseAddress) }
    }
}
