/// A street sampled once, in metres: `x` right, `y` up, `z` along the road; the camera stands above the origin.
///
/// A scene holds no colours; every domain paints the same scene in its own way.
public struct ToytownScene: Sendable, Equatable {
    /// Seeds everything that is drawn while painting.
    let seed: UInt64
    let camera: SceneCamera
    let street: Street
    let objects: [SceneObject]
}

/// Where the picture is taken from.
struct SceneCamera: Sendable, Equatable {
    /// Above the road, metres.
    let height: Float
    /// Downwards, radians.
    let pitch: Float
    /// To the right, radians.
    let yaw: Float
    /// Horizontal angle of view, radians.
    let fieldOfView: Float
}

/// The ground: a straight road with lanes, sidewalks, perhaps a verge, perhaps a crossing street.
struct Street: Sendable, Equatable {
    enum LaneKind: Sendable { case parking, tram, oncoming, own }
    struct Lane: Sendable, Equatable {
        let kind: LaneKind
        let center: Float
        let width: Float
    }

    /// From left to right.
    let lanes: [Lane]
    let left: Roadside
    let right: Roadside
    /// Where a street crosses, along z; `nil` without one.
    let crossing: ClosedRange<Float>?

    var leftEdge: Float { lanes.first.map { $0.center - $0.width / 2 } ?? 0 }
    var rightEdge: Float { lanes.last.map { $0.center + $0.width / 2 } ?? 0 }

    /// How far the ground is laid out, metres ahead.
    static let depth: Float = 120
}

/// One side of the street, from the kerb outwards.
struct Roadside: Sendable, Equatable {
    /// Grass between kerb and sidewalk; 0 for none.
    let vergeWidth: Float
    let sidewalkWidth: Float
    /// Above the road.
    let kerbHeight: Float

    var width: Float { vergeWidth + sidewalkWidth }
}

/// One thing that stands in the street.
struct SceneObject: Sendable, Equatable {
    enum Kind: Sendable {
        case building, wall, fence, hedge, tree, lamp, pole, trafficLight, trafficSign
        case person, bicycle, cyclist, motorcycle, motorcyclist, car, truck, bus, train
    }

    let kind: Kind
    /// Centre of the footprint; `y` is the ground below it.
    let position: SIMD3<Float>
    /// Around the vertical, radians; 0 looks along the road, away from the camera.
    let yaw: Float
    /// Width (local x), height, length (local z), metres.
    let size: SIMD3<Float>
    /// Three free numbers in `0..<1` from which colours are chosen.
    let tint: SIMD3<Float>
    /// Which variant of its kind, below 2^16.
    let variant: Int
}
