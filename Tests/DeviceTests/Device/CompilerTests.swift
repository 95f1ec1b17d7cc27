import CDeviceKernels
import DeviceBackend
import Glibc
import Testing

@Suite struct `Kernels of a card` {
    /// Where the compiler of cards lies: in the environment, for it is not part of a system.
    static let compilerFolder = getenv("CAUSEWAY_NVRTC").map { String(cString: $0) }

    @Test(
        .enabled(
            if: compilerFolder != nil,
            "CAUSEWAY_NVRTC names no folder with libnvrtc: kernels are not compiled for cards"),
        arguments: ["sm_80", "sm_90", "sm_100"])
    func `all compile for the cards of three generations, without a driver`(architecture: String) throws {
        let folder = try #require(Self.compilerFolder)
        #expect(try DeviceList.compileKernels(for: architecture, compilerFolder: folder) > 100_000)
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
        #expect(error?.description.contains("cannot load the driver of a graphics card (libcuda.so.1)") == true)
    }
}
