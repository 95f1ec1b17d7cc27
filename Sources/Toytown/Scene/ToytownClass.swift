/// The classes of Toytown; the raw value is the Cityscapes label id.
enum ToytownClass: UInt8, CaseIterable {
    case road = 7
    case sidewalk
    case building = 11
    case wall, fence
    case pole = 17
    case trafficLight = 19
    case trafficSign, vegetation, terrain
    case sky, person, rider, car, truck, bus
    case train = 31
    case motorcycle, bicycle

    /// Whether its objects are counted.
    var isThing: Bool { rawValue >= ToytownClass.person.rawValue }
}
