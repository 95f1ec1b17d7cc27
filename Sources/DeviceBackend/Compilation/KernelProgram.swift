internal import CDeviceKernels

/// The kernels of one file, or of a part of one, as text for the compiler of a card.
package struct KernelProgram: Sendable {
    /// Of its file, and of its part.
    package let name: String
    /// With the dialect before it.
    package let text: String

    package init(name: String, text: String) { (self.name, self.text) = (name, text) }

    /// All there are.
    package static let all: [KernelProgram] = {
        let dialect = text(of: cdk_dialect())
        return (0..<cdk_source_count()).map(cdk_source_at).map { source in
            let name = String(cString: source.name)
            let start = "\n\(String(cString: source.part))#line 1 \"\(name).inc\"\n"
            return KernelProgram(name: name, text: dialect + start + text(of: source))
        }
    }()

    private static func text(of source: cdk_source) -> String {
        String(decoding: UnsafeRawBufferPointer(start: source.text, count: source.length), as: UTF8.self)
    }
}
