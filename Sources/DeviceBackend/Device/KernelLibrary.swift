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
    /// - Returns: the kernels by their names, and where they come from.
    static func load(
        _ tables: DriverTables, architecture: KernelTarget
    ) throws -> (functions: [String: DeviceFunction], origin: String) {
        let driver = tables.driver
        // The stand-in has its kernels, but where it is tried out how kernels are compiled, kept, and found.
        let faults = try StandInFaults.ofEnvironment()
        let hasKernels = tables.isStandIn && !faults.hasNoCompiler && !faults.hasOwnCompiler
        let made = hasKernels ? nil : try images(for: architecture)
        let modules = try (made?.images ?? [("all", [0])]).map { program, image in
            var module: cdd_module?
            try driver.require(
                image.withUnsafeBytes { driver.module_load(&module, $0.baseAddress) },
                "loading the kernels of \(program) for \(architecture)")
            return module
        }
        let kernels = (0..<cdk_kernel_count()).map(cdk_kernel_at)
        let functions = try kernels.map { try function($0, modules, driver) }
        return (
            Dictionary(uniqueKeysWithValues: functions.map { ($0.name, $0) }), made?.origin ?? "of the stand-in"
        )
    }

    private static func images(for architecture: KernelTarget) throws -> KernelImages {
        let compiler = Result { () throws(DeviceError) in try KernelCompiler.open() }
        return try KernelImages(
            forCardOf: architecture.capability, compiler: compiler, cache: KernelCache.ofEnvironment())
    }

    /// The kernel, in whichever of the programs it is.
    private static func function(
        _ kernel: cdk_kernel, _ modules: [cdd_module?], _ driver: cdd_driver
    ) throws -> DeviceFunction {
        let name = String(cString: kernel.name)
        var handle: cdd_function?
        var code = Int32(CDD_NOT_FOUND)
        for module in modules where code != 0 { code = driver.module_function(&handle, module, kernel.name) }
        try driver.require(code, "finding the kernel \(name)")
        return DeviceFunction(
            handle: handle, name: name, threads: Int(kernel.threads), isEach: kernel.each,
            parameters: Array(UnsafeBufferPointer(start: kernel.parameters, count: Int(kernel.parameter_count))))
    }
}
