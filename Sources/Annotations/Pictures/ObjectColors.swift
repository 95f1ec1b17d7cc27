/// Colours that tell the objects of a picture apart.
public enum ObjectColors {
    /// Red, green, blue of the object at a place in its list. Hues of neighbouring places are far from each other, and
    /// any number of them differ (steps of the golden angle); brightness alternates.
    public static func color(_ place: Int) -> SIMD3<UInt8> {
        let turns = 0.618_033_988_749_895 * Double(place)
        let hue = 6 * (turns - turns.rounded(.down))
        let (low, high) = place % 2 == 0 ? (40.0, 255.0) : (0.0, 200.0)
        func channel(_ shift: Double) -> UInt8 {
            var distance = abs(hue - shift)
            distance = min(distance, 6 - distance)
            return UInt8(low + (high - low) * min(max(2 - distance, 0), 1))
        }
        return SIMD3(channel(0), channel(2), channel(4))
    }
}
