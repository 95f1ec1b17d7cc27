/// Why a device cannot be used, and what to do about it.
package struct DeviceError: Error, CustomStringConvertible {
    package let description: String
    /// Of the driver, where it is the reason.
    let code: Int32?

    package init(_ description: String) { self.init(description, code: nil) }

    init(_ description: String, code: Int32?) { (self.description, self.code) = (description, code) }
}

/// What went wrong on a device that was in use.
package struct DeviceFailure: Error, CustomStringConvertible {
    package let description: String
    /// Whether memory was exhausted: the device outlives that.
    package let isShortage: Bool
    /// Whether it only follows from what went wrong on another device, which its process tells of.
    package let isConsequence: Bool

    package init(_ description: String, isShortage: Bool = false, isConsequence: Bool = false) {
        (self.description, self.isShortage, self.isConsequence) = (description, isShortage, isConsequence)
    }
}
