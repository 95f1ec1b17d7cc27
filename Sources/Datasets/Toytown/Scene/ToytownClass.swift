/// The classes of Toytown; the raw value is the Cityscapes label id.
enum ToytownClass: UInt8, CaseIterable {
    case road = 7, sidewalk, building = 11, wall, fence, pole = 17, trafficLight = 19, trafficSign, vegetation, terrain
    case sky, person, rider, car, truck, bus, train = 31, motorcycle, bicycle

    /// Whether its objects are counted.
    var isThing: Bool { rawValue >= ToytownClass.person.rawValue }
}
