internal import Glibc

/// What the environment says of devices.
package enum EnvironmentText {
    /// - Returns: nil for a variable that is not set, or is empty.
    package static func of(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
