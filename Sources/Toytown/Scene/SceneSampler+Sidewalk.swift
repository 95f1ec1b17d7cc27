internal import Randomness

/// What stands and walks between kerb and houses.
extension SceneSampler {
    /// Fills one side in steps of about two metres, so that nothing stands inside another thing.
    mutating func addSidewalk(_ street: Street, sign: Float) {
        let side = sign < 0 ? street.left : street.right
        let kerb = abs(sign < 0 ? street.leftEdge : street.rightEdge)
        var z = random.uniform(in: 4...7)
        while z < 85 {
            if let crossing = street.crossing, crossing.contains(z) {
                z = crossing.upperBound + 1
                continue
            }
            addFurniture(z: z, kerb: kerb, side: side, sign: sign)
            addWalkers(z: z, kerb: kerb, side: side, sign: sign)
            z += random.uniform(in: 2.2...3.2)
        }
    }

    /// One slot beside the kerb.
    private mutating func addFurniture(z: Float, kerb: Float, side: Roadside, sign: Float) {
        // A slot is about 2.7 metres, the statistics count for each ten.
        let draw = random.uniform() / 0.27
        let x = sign * (kerb + 0.55)
        let y = side.kerbHeight
        var limit = statistics.lamps
        if draw < limit {
            return add(.lamp, x: x, y: y, z: z, yaw: sign, size: SIMD3(0.24, random.uniform(in: 5.5...8), 0))
        }
        limit += statistics.signs
        if draw < limit { return addSign(x: x, y: y, z: z) }
        limit += statistics.trees
        if draw < limit { return addTree(x: sign * (kerb + max(0.8, side.vergeWidth / 2)), y: y, z: z) }
        limit += statistics.cycles
        if draw < limit { return addParkedCycle(x: sign * (kerb + 1.2), y: y, z: z) }
        limit += 0.25
        if draw < limit {
            return add(
                .pole, x: x, y: y, z: z, size: SIMD3(random.uniform(in: 0.2...0.34), random.uniform(in: 3...7), 0))
        }
        if draw < limit + 0.35 { addTrafficLight(x: x, y: y, z: z) }
    }

    mutating func addTrafficLight(x: Float, y: Float, z: Float) {
        add(
            .trafficLight, x: x, y: y, z: z, yaw: random.uniform(in: -0.3...0.3),
            size: SIMD3(random.uniform(in: 0.6...0.75), random.uniform(in: 3.0...4.0), 0))
    }

    private mutating func addSign(x: Float, y: Float, z: Float) {
        add(
            .trafficSign, x: x, y: y, z: z, yaw: random.uniform(in: -0.35...0.35),
            size: SIMD3(random.uniform(in: 0.9...1.35), random.uniform(in: 2.4...3.2), 0))
    }

    private mutating func addParkedCycle(x: Float, y: Float, z: Float) {
        let yaw = random.uniform(in: 0.7...2.4) * (chance(0.5) ? 1 : -1)
        let isBicycle = chance(0.55)
        add(isBicycle ? .bicycle : .motorcycle, x: x, y: y, z: z, yaw: yaw, size: SIMD3(0.6, 1.15, 1.9))
    }

    /// People on the walkway of one slot, alone or as a pair.
    private mutating func addWalkers(z: Float, kerb: Float, side: Roadside, sign: Float) {
        guard chance(statistics.persons * 0.27) else { return }
        let inner = kerb + side.vergeWidth + 0.9
        let outer = max(inner + 0.2, kerb + side.width - 0.3)
        for number in 0..<(chance(0.3) ? 2 : 1) {
            let x = sign * random.uniform(in: inner...outer)
            addPerson(x: x, y: side.kerbHeight, z: z + Float(number) * 0.7)
        }
    }

    mutating func addPerson(x: Float, y: Float, z: Float) {
        let yaw = random.uniform(in: -Float.pi...Float.pi)
        add(.person, x: x, y: y, z: z, yaw: yaw, size: SIMD3(0.6, random.uniform(in: 1.7...2.15), 0.4))
    }
}
