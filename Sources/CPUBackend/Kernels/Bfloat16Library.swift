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
    /// Sets how many threads OpenMP takes for calls of the calling thread.
    private let setThreads: SetThreads

    private typealias Product = @convention(c) (
        CChar, CChar, Int64, Int64, Int64, Float, UnsafePointer<UInt16>?, Int64, UnsafePointer<UInt16>?, Int64, Float,
        UnsafeMutablePointer<Float>?, Int64
    ) -> CInt
    private typealias SetThreads = @convention(c) (CInt) -> Void
    private typealias Version = @convention(c) () -> UnsafePointer<CInt>?

    /// Names the folder of the library, where the loader does not find it.
    package static let environmentVariable = "CAUSEWAY_ONEDNN"
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
            (description, product, setThreads) = ("loops in the place of oneDNN", ck_bfloat16_product, { _ in })
            return
        }
        guard ck_multiplies_bfloat16() != 0 else {
            throw Unavailable(description: "this processor has no instructions for it (AVX512-BF16)")
        }
        var reasons: [String] = []
        for name in ["libdnnl.so.3", "libdnnl.so.2"] {
            do throws(Unavailable) {
                self = try Self(file: (folder.map { $0 + "/" } ?? "") + name)
                return
            } catch {
                reasons.append(error.description)
            }
        }
        throw Unavailable(
            description: "no oneDNN can be used (\(reasons.joined(separator: "; "))); install libdnnl2, or libdnnl3, or "
                + "name its folder by \(Self.environmentVariable)")
    }

    /// Opens it, until the process ends.
    private init(file: String) throws(Unavailable) {
        guard let library = dlopen(file, RTLD_NOW | RTLD_LOCAL) else {
            throw Unavailable(description: dlerror().map { String(cString: $0) } ?? "\(file): not found")
        }
        guard let product = dlsym(library, "dnnl_gemm_bf16bf16f32"), let version = dlsym(library, "dnnl_version") else {
            throw Unavailable(description: "\(file) has no products of bfloat16")
        }
        // Others start threads of their own, beside ours.
        guard let setThreads = dlsym(library, "omp_set_num_threads") else {
            throw Unavailable(description: "\(file) is not built for OpenMP")
        }
        self.product = unsafeBitCast(product, to: Product.self)
        self.setThreads = unsafeBitCast(setThreads, to: SetThreads.self)
        let numbers = unsafeBitCast(version, to: Version.self)()
        description = "oneDNN " + (0..<3).map { "\(numbers?[$0] ?? 0)" }.joined(separator: ".")
        guard multipliesAsDescribed() else {
            throw Unavailable(description: "\(file), \(description), does not multiply bfloat16 on this processor")
        }
    }

    /// Whether the function, which no header declares, is what we take it for: whole numbers, which are exact, in
    /// matrices with three different sides and gaps between their rows.
    private func multipliesAsDescribed() -> Bool {
        // Halves of the bits of 1 to 8.
        let digits: [UInt16] = [0x3F80, 0x4000, 0x4040, 0x4080, 0x40A0, 0x40C0, 0x40E0, 0x4100]
        func numbers(_ count: Int, _ factor: Int) -> [UInt16] { (0..<count).map { digits[$0 * $0 * factor % 61 % 8] } }
        let (rows, columns, inner) = (19, 33, 40)
        let (left, right) = (numbers(inner * (rows + 2), 7), numbers(columns * (inner + 5), 11))
        func result(_ product: Product) -> [Float]? {
            var output = [Float](repeating: 3, count: rows * (columns + 1))
            setThreads(1)
            let status = output.withUnsafeMutableBufferPointer {
                product(
                    Self.transpose, Self.transpose, Int64(rows), Int64(columns), Int64(inner), 2, left,
                    Int64(rows + 2), right, Int64(inner + 5), -1, $0.baseAddress, Int64(columns + 1))
            }
            return status == 0 ? output : nil
        }
        return result(product) == result(ck_bfloat16_product)
    }

    private static let (transpose, noTranspose) = (CChar(UInt8(ascii: "T")), CChar(UInt8(ascii: "N")))

    /// `output = alpha op(left) op(right) + beta output` on the calling thread.
    func multiply(_ left: Bfloat16Matrix, _ right: Bfloat16Matrix, _ product: HostProduct) {
        setThreads(1)
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
