import CDeviceKernels
import DeviceBackend
import Foundation
import Testing
import _TestSupport

@Suite struct `Kernels of a card` {
    /// Where the compiler of cards lies: in the environment, for it is not part of a system.
    static let compilerFolder = getenv("CAUSEWAY_NVRTC").map { String(cString: $0) }

    @Test(
        .enabled(
            if: compilerFolder != nil,
            "CAUSEWAY_NVRTC names no folder with libnvrtc: kernels are not compiled for cards"),
        arguments: ["sm_80", "sm_90", "sm_100"])
    func `all compile for the cards of three generations, without a driver`(architecture: String) throws {
        let compiler = try KernelCompiler.open(in: try #require(Self.compilerFolder))
        let target = try #require(KernelTarget(name: architecture))
        let folder = TemporaryFolder()
        let cache = KernelCache(folder: folder.file("kernels"))
        let made = try KernelImages(for: target, compiler: compiler, cache: cache)
        #expect(made.compiledCount == KernelProgram.all.count)
        #expect(made.images.allSatisfy { $0.image.count > 4000 })
        // Machine code is an ELF file.
        #expect(made.images.allSatisfy { Array($0.image.prefix(4)) == [0x7F, 0x45, 0x4C, 0x46] })
        let kept = try KernelImages(for: target, compiler: compiler, cache: cache)
        #expect(kept.compiledCount == 0 && kept.images.map(\.image) == made.images.map(\.image))
        let images = made.images.map { (program: $0.program, bytes: Data($0.image)) }
        for kernel in (0..<cdk_kernel_count()).map(cdk_kernel_at) {
            let section = Data(".text.\(String(cString: kernel.name))".utf8) + [0]
            let holders = images.filter { $0.bytes.range(of: section) != nil }
            #expect(holders.count == 1, "\(String(cString: kernel.name)) is in \(holders.map(\.program))")
        }
    }

    @Test func `what is compiled in parts is compiled whole`() {
        let programs = KernelProgram.all.map(\.name)
        #expect(Set(programs).count == programs.count)
        let names = (0..<cdk_kernel_count()).map { String(cString: cdk_kernel_at($0).name) }
        let parts = Set(
            names.filter { $0.hasPrefix("fused_") }.map { name in
                "fused_attention_" + name.split(separator: "_").suffix(2).joined(separator: "_")
            })
        #expect(parts.count == 6 && parts == Set(programs.filter { $0.hasPrefix("fused_") }))
        for program in KernelProgram.all where parts.contains(program.name) {
            let part = program.name.split(separator: "_").suffix(2).joined(separator: "_")
            #expect(program.text.components(separatedBy: "#define FUSED_ATTENTION_PART FUSED_ATTENTION(").count == 2)
            #expect(program.text.contains(", \(part), \(part.prefix(2)))\n#line 1 \"\(program.name).inc\"\n"))
        }
    }

    @Test(
        .enabled(
            if: compilerFolder != nil,
            "CAUSEWAY_NVRTC names no folder with libnvrtc: kernels are not compiled for cards to come"))
    func `compile to a text that drivers of later cards compile`() throws {
        let compiler = try KernelCompiler.open(in: try #require(Self.compilerFolder))
        let program = try #require(KernelProgram.all.first { $0.name == "softmax" })
        let image = try compiler.compile(program, for: KernelTarget(capability: 80, isPortable: true))
        #expect(String(decoding: image, as: UTF8.self).contains(".target sm_80"))
        #expect(image.last == 0, "drivers read up to a zero")
        let error = #expect(throws: DeviceError.self) { try compiler.require(KernelTarget(capability: 81)) }
        #expect(error?.description.contains("does not compile for sm_81; it does for sm_") == true)
        let wrong = KernelProgram(name: "wrong", text: "int f( {")
        let message = #expect(throws: DeviceError.self) { try compiler.compile(wrong, for: KernelTarget(capability: 80)) }
        #expect(message?.description.contains("compiling the kernels of wrong for sm_80") == true)
        #expect(message?.description.contains("error: ") == true, "has the compiler's own words")
    }

    @Test func `every kernel has a name of its own and takes no more than a launch may carry`() {
        let kernels = (0..<cdk_kernel_count()).map(cdk_kernel_at)
        let names = kernels.map { String(cString: $0.name) }
        #expect(Set(names).count == names.count)
        #expect(names.count >= 60)
        for kernel in kernels {
            let parameters = UnsafeBufferPointer(start: kernel.parameters, count: Int(kernel.parameter_count))
            #expect(parameters.reduce(0) { $0 + $1.bytes } < 4096)
            #expect(kernel.threads % 32 == 0 && kernel.threads <= 1024)
        }
    }

    @Test func `where there is no driver, that is said with the library's name`() {
        guard (try? DeviceList.cards()) == nil else { return }
        let error = #expect(throws: DeviceError.self) { try DeviceBackend(.card(0)) }
        let text = error?.description ?? ""
        #expect(text.hasPrefix("cannot load the driver of a graphics card (libcuda.so.1): "), "\(text)")
        #expect(text.split(separator: "libcuda.so.1").count == 2, "\(text)")
        #expect(text.hasSuffix("; it comes with NVIDIA's driver, whose nvidia-smi shows the cards"), "\(text)")
    }

    @Test func `where the folder that was named has no compiler, it is said how to name one`() {
        let error = #expect(throws: DeviceError.self) { try KernelCompiler.open(in: "/nonexistent") }
        #expect(
            error?.description.contains("; CAUSEWAY_NVRTC is to name the folder that has libnvrtc.so.12 or .13") == true)
    }
}
