internal import Basics
internal import CKernels
internal import Glibc

/// Products of bfloat16 numbers that are added up in single precision: oneDNN's, which the process opens when it runs,
/// or plain loops in its place.
///
/// oneDNN multiplies matrices by one function that its headers leave out, though versions 2.6, 3.2 and 3.13 export it
/// alike. Its documented primitives differ between versions 2 and 3, and are made anew for every shape.
package struct Bfloat16Library: Sendable {
    /// `oneDNN 2.6.3`, or what stands in for it.
    package let description: String
    /// As `ck_bfloat16_product`.
    private let product: Product
    /// Sets how many threads the library takes for calls of the calling thread; nil where it has none of its own.
    private let setThreads: SetThreads?

    private typealias Product = @convention(c) (
        CChar, CChar, Int64, Int64, Int64, Float, UnsafePointer<UInt16>?, Int64, UnsafePointer<UInt16>?, Int64, Float,
        UnsafeMutablePointer<Float>?, Int64
    ) -> CInt
    private typealias SetThreads = @convention(c) (CInt) -> Void
    private typealias Version = @convention(c) () -> UnsafePointer<CInt>?

    /// In the place of a folder: loops of ours, to see on any machine what rounding does. Slow.
    package static let standIn = "standin"

    package struct Unavailable: Error, CustomStringConvertible {
        package let description: String
    }

    /// - Parameter folder: where the library lies, or `standIn`; nil for where the loader finds it.
    /// - Throws: where the processor does not multiply such numbers, or the library is missing or cannot do it, with
    ///   the reason and the remedy.
    package init(folder: String?) throws(Unavailable) {
        guard folder != Self.standIn else {
            (description, product, setThreads) = ("loops in the place of oneDNN", ck_bfloat16_product, nil)
            return
        }
        guard ck_multiplies_bfloat16() != 0 else {
            throw Unavailable(description: "this processor has no instructions for it (AVX512-BF16)")
        }
        let library = try Self.open(in: folder)
        guard let product = dlsym(library, "dnnl_gemm_bf16bf16f32"), let version = dlsym(library, "dnnl_version")
        else {
            throw Unavailable(description: "the libdnnl that was found has no products of bfloat16; install Debian's")
        }
        self.product = unsafeBitCast(product, to: Product.self)
        setThreads = dlsym(library, "omp_set_num_threads").map { unsafeBitCast($0, to: SetThreads.self) }
        let numbers = unsafeBitCast(version, to: Version.self)()
        description = "oneDNN " + (0..<3).map { "\(numbers?[$0] ?? 0)" }.joined(separator: ".")
        guard multipliesCorrectly() else {
            throw Unavailable(description: "\(description) does not multiply bfloat16 on this processor")
        }
    }

    /// Libraries stay open until the process ends.
    private static func open(in folder: String?) throws(Unavailable) -> UnsafeMutableRawPointer {
        let prefix = folder.map { $0 + "/" } ?? ""
        for name in ["libdnnl.so.3", "libdnnl.so.2"] {
            if let library = dlopen(prefix + name, RTLD_NOW | RTLD_LOCAL) { return library }
        }
        let reason = dlerror().map { String(cString: $0) } ?? "not found"
        throw Unavailable(
            description: "oneDNN is missing (\(reason)); install libdnnl2, or libdnnl3, or name its folder by "
                + "CAUSEWAY_ONEDNN")
    }

    private func multipliesCorrectly() -> Bool {
        var values = [Float](repeating: 1, count: 32 * 32)
        // 1.5 and -2, exact in any precision.
        let some = [UInt16](repeating: 0x3FC0, count: values.count)
        let others = [UInt16](repeating: 0xC000, count: values.count)
        setThreads?(1)
        let status = values.withUnsafeMutableBufferPointer {
            product(Self.noTranspose, Self.transpose, 32, 32, 32, 1, some, 32, others, 32, 1, $0.baseAddress, 32)
        }
        return status == 0 && values.allSatisfy { $0 == -95 }
    }

    private static let (transpose, noTranspose) = (CChar(UInt8(ascii: "T")), CChar(UInt8(ascii: "N")))

    /// `output = alpha op(left) op(right) + beta output` on the calling thread.
    func multiply(_ left: Bfloat16Matrix, _ right: Bfloat16Matrix, _ product: HostProduct) {
        setThreads?(1)
        let status = self.product(
            left.isTransposed ? Self.transpose : Self.noTranspose,
            right.isTransposed ? Self.transpose : Self.noTranspose,
            Int64(product.rows), Int64(product.columns), Int64(product.inner), product.alpha, left.first,
            Int64(left.rowStride), right.first, Int64(right.rowStride), product.beta, product.output,
            Int64(product.outputStride))
        guard status != 0 else { return }
        if status == 1 { MemoryShortage.end(refused: "the memory of a product of \(description)") }
        fatalError("\(description): a product of bfloat16 ended with status \(status)")
    }
}
