internal import CDeviceDriver
internal import CDeviceKernels

/// A kernel as the driver knows it, and what it takes.
struct DeviceFunction {
    let handle: cdd_function?
    let name: String
    let threads: Int
    /// Whether any number of groups does all there is to do.
    let isEach: Bool
    let parameters: [cdk_parameter]
}

/// The kernels: their text is compiled for the card, or they are there already on the stand-in.
enum KernelLibrary {
    static func load(_ tables: DriverTables, architecture: String) throws -> [String: DeviceFunction] {
        let driver = tables.driver
        if tables.isStandIn, try StandInFaults.ofEnvironment().hasNoCompiler { _ = try DriverTables.compiler() }
        let image =
            tables.isStandIn
            ? [UInt8(0)] : try compile(with: try DriverTables.compiler(), architecture: architecture)
        var module: cdd_module?
        try driver.require(image.withUnsafeBytes { driver.module_load(&module, $0.baseAddress) }, "loading the kernels")
        var functions: [String: DeviceFunction] = [:]
        for index in 0..<cdk_kernel_count() {
            let kernel = cdk_kernel_at(index)
            let name = String(cString: kernel.name)
            var handle: cdd_function?
            try driver.require(driver.module_function(&handle, module, kernel.name), "finding the kernel \(name)")
            functions[name] = DeviceFunction(
                handle: handle, name: name, threads: Int(kernel.threads), isEach: kernel.each,
                parameters: Array(UnsafeBufferPointer(start: kernel.parameters, count: Int(kernel.parameter_count))))
        }
        return functions
    }

    /// All kernels as one program.
    static var source: String {
        let files = (0..<cdk_source_count()).map(cdk_source_at)
        return text(of: cdk_dialect())
            + files.map { "\n#line 1 \"\(String(cString: $0.name)).inc\"\n" + text(of: $0) }.joined()
    }

    /// The program for an architecture.
    static func compile(with compiler: cdd_compiler, architecture: String) throws -> [UInt8] {
        var program: cdd_program?
        func require(_ code: Int32, _ action: String) throws {
            guard code != 0 else { return }
            let text = compiler.error_text(code).map { String(cString: $0) } ?? "error \(code)"
            throw DeviceError(
                "compiling the kernels for \(architecture): \(action): \(text)" + log(of: program, compiler))
        }
        try require(compiler.create(&program, source, "causeway.cu", 0, nil, nil), "making the program")
        defer { _ = compiler.destroy(&program) }
        let options = ["--gpu-architecture=\(architecture)", "--std=c++17", "--disable-warnings"]
        try withCStrings(options) { try require(compiler.compile(program, Int32(options.count), $0), "compiling") }
        var size = 0
        try require(compiler.cubin_size(program, &size), "asking for the size")
        var image = [UInt8](repeating: 0, count: size)
        try require(
            image.withUnsafeMutableBytes {
                compiler.cubin(program, $0.baseAddress?.assumingMemoryBound(to: CChar.self))
            },
            "taking the result")
        return image
    }

    private static func log(of program: cdd_program?, _ compiler: cdd_compiler) -> String {
        var size = 0
        guard let program, compiler.log_size(program, &size) == 0, size > 1 else { return "" }
        var text = [CChar](repeating: 0, count: size)
        _ = text.withUnsafeMutableBufferPointer { compiler.log(program, $0.baseAddress) }
        return "\n" + text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    private static func text(of source: cdk_source) -> String {
        let bytes = UnsafeRawBufferPointer(start: source.text, count: source.length)
        return String(decoding: bytes, as: UTF8.self)
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
