/// A block of memory that belongs to a backend; it is given back when the last array lets go.
///
/// The address means something to the backend that made it only: it need not be readable by the host.
package final class DeviceMemory {
    package let address: UnsafeMutableRawPointer
    private let release: (UnsafeMutableRawPointer) -> Void

    package init(address: UnsafeMutableRawPointer, release: @escaping (UnsafeMutableRawPointer) -> Void) {
        self.address = address
        self.release = release
    }

    deinit { release(address) }
}
