internal import Randomness

/// What drives, rides and parks on the road, and what gathers at a crossing.
extension SceneSampler {
    mutating func addTraffic(_ street: Street) {
        for lane in street.lanes {
            switch lane.kind {
            case .parking: addParkedCars(lane, crossing: street.crossing)
            case .tram: addTram(lane)
            case .oncoming: addVehicles(lane, firstAt: 7, facing: .pi)
            case .own: addVehicles(lane, firstAt: abs(lane.center) < 1 ? 9 : 5, facing: 0)
            }
        }
        addRiders(street)
    }

    private mutating func addParkedCars(_ lane: Street.Lane, crossing: ClosedRange<Float>?) {
        var z = random.uniform(in: 3...8)
        while z < 80 {
            let isFree = crossing.map { z > $0.lowerBound - 5 && z < $0.upperBound + 5 } ?? false
            if !isFree && chance(statistics.parked) {
                addCar(x: lane.center, z: z, yaw: (lane.center < 0 ? .pi : 0) + random.uniform(in: -0.05...0.05))
            }
            z += random.uniform(in: 5.4...7)
        }
    }

    private mutating func addVehicles(_ lane: Street.Lane, firstAt start: Float, facing: Float) {
        var z = start + random.uniform(in: 0...7)
        while z < 90 {
            guard chance(statistics.traffic) else {
                z += 8
                continue
            }
            let x = lane.center + random.uniform(in: -0.2...0.2)
            let yaw = facing + random.uniform(in: -0.04...0.04)
            let draw = random.uniform()
            if draw < 0.46 {
                addCar(x: x, z: z + 2, yaw: yaw)
                z += 9
            } else if draw < 0.72 {
                let length = random.uniform(in: 6.5...8.5)
                add(.truck, x: x, z: z + length / 2, yaw: yaw, size: SIMD3(2.4, random.uniform(in: 2.9...3.7), length))
                z += length + 7
            } else {
                let length = random.uniform(in: 9...12)
                add(.bus, x: x, z: z + length / 2, yaw: yaw, size: SIMD3(2.5, random.uniform(in: 2.9...3.3), length))
                z += length + 7
            }
        }
    }

    private mutating func addCar(x: Float, z: Float, yaw: Float) {
        let size = SIMD3(
            random.uniform(in: 1.7...1.9), random.uniform(in: 1.4...1.75), random.uniform(in: 3.8...4.7))
        add(.car, x: x, z: z, yaw: yaw, size: size)
    }

    private mutating func addTram(_ lane: Street.Lane) {
        guard chance(0.92) else { return }
        let length = random.uniform(in: 18...32)
        let z = random.uniform(in: 7...26) + length / 2
        let size = SIMD3(2.6, random.uniform(in: 3.3...3.7), length)
        add(.train, x: lane.center, z: z, yaw: chance(0.5) ? .pi : 0, size: size)
    }

    /// Cyclists and motorcyclists along both edges of the carriageway.
    private mutating func addRiders(_ street: Street) {
        let driving = street.lanes.filter { $0.kind == .own || $0.kind == .oncoming }
        guard let first = driving.first, let last = driving.last else { return }
        let edges: [(x: Float, yaw: Float)] = [
            (first.center - first.width / 2 + 0.35, .pi), (last.center + last.width / 2 - 0.35, 0),
        ]
        for edge in edges {
            var z = random.uniform(in: 6...16)
            while z < 60 {
                if chance(min(0.9, statistics.cycles * 0.8)) { addRider(x: edge.x, z: z, facing: edge.yaw) }
                z += random.uniform(in: 7...14)
            }
        }
    }

    private mutating func addRider(x: Float, z: Float, facing: Float) {
        // Seen exactly from behind a bicycle is a line; riders weave a little.
        guard isFree(x: x, z: z, margin: 1) else { return }
        let weave = random.uniform(in: 0.25...0.9) * (chance(0.5) ? 1 : -1)
        add(chance(0.55) ? .cyclist : .motorcyclist, x: x, z: z, yaw: facing + weave, size: SIMD3(0.65, 1.9, 1.95))
    }

    /// Lights at the corners and people on the zebra crossing.
    mutating func addCrossing(_ street: Street, _ crossing: ClosedRange<Float>) {
        let near = crossing.lowerBound
        for (edge, side, sign) in [
            (street.leftEdge, street.left, Float(-1)), (street.rightEdge, street.right, Float(1)),
        ] {
            addTrafficLight(x: edge + sign * 0.6, y: side.kerbHeight, z: near - 3.6)
            addTrafficLight(x: edge + sign * 0.6, y: side.kerbHeight, z: crossing.upperBound + 0.8)
        }
        for _ in 0..<random.integer(below: 6) {
            let x = random.uniform(in: street.leftEdge...street.rightEdge)
            let z = near - 2 + random.uniform(in: -0.8...0.8)
            if isFree(x: x, z: z, margin: 0.5) { addPerson(x: x, y: 0, z: z) }
        }
        if chance(0.5) {
            let x = random.uniform(in: street.leftEdge...street.rightEdge)
            let yaw = (chance(0.5) ? 1 : -1) * random.uniform(in: 1.2...1.9)
            guard isFree(x: x, z: near + 3, margin: 1) else { return }
            add(chance(0.6) ? .cyclist : .motorcyclist, x: x, z: near + 3, yaw: yaw, size: SIMD3(0.65, 1.9, 1.95))
        }
    }
}
