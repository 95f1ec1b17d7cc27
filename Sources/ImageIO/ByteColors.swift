internal import CPixelKernels

extension PixelImage where Scalar == UInt8 {
    /// Every byte replaced by its entry of a table, in place.
    ///
    /// - Precondition: 256 entries.
    public mutating func mapBytes(_ table: [UInt8]) {
        precondition(table.count == 256, "mapBytes: a table has 256 entries, got \(table.count)")
        pixels.withUnsafeMutableBufferPointer { cpix_map_bytes($0.baseAddress, $0.count, table) }
    }

    /// Changes saturation and hue by way of OpenCV's HSV of 8 bits (`COLOR_RGB2HSV` and back): the way there and back
    /// alone changes some colours by a few levels.
    ///
    /// - Parameters:
    ///   - saturations: what each of the 256 saturations becomes.
    ///   - turn: added to hues of 0 to 179, modulo 180.
    /// - Precondition: three channels, 256 saturations.
    public mutating func changeHSV(saturations: [UInt8], turn: Int) {
        precondition(
            channels == 3 && saturations.count == 256,
            "changeHSV: needs 3 channels and 256 saturations, got \(channels) and \(saturations.count)")
        let turn = Int32((turn % 180 + 180) % 180)
        pixels.withUnsafeMutableBufferPointer {
            cpix_change_hsv_bytes(
                $0.baseAddress, $0.count / 3, saturations, turn, HSVDivisors.saturation, HSVDivisors.hue)
        }
    }
}

private enum HSVDivisors {
    static let saturation = table(255)
    static let hue = table(30)

    /// `numerator * 4096 / i`, a half to the even number.
    private static func table(_ numerator: Double) -> [Int32] {
        [0] + (1..<256).map { Int32((numerator * 4096 / Double($0)).rounded(.toNearestOrEven)) }
    }
}
