/// Why a device cannot be used, and what to do about it.
package struct DeviceError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
