internal import CDeviceDriver

/// A card that the driver shows.
package struct DeviceDescription: Sendable {
    package let name: String
    package let memoryBytes: Int
}

/// What can be found out about cards without starting one.
package enum DeviceList {
    /// The cards of this machine.
    ///
    /// - Throws: where there is no driver, or it does not start, with the reason.
    package static func cards() throws -> [DeviceDescription] {
        let driver = try DriverTables(.card(0)).driver
        try driver.start()
        return try (0..<OpenedDevice.count(driver)).map { index in
            var device: Int32 = 0
            try driver.require(driver.device_get(&device, Int32(index)), "finding device \(index)")
            var bytes = 0
            try driver.require(driver.device_memory(&bytes, device), "asking for the memory of device \(index)")
            return DeviceDescription(name: driver.name(of: device), memoryBytes: bytes)
        }
    }

    /// Whether products are the vendor's library's or our own.
    package static var hasProductLibrary: Bool { (try? DriverTables(.card(0)).blas) != nil }
}
