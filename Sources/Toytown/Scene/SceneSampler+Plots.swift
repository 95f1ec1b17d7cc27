internal import Randomness

/// What lies behind the sidewalk: houses, gardens, parks, and the skyline at the street's end.
extension SceneSampler {
    /// Fills one side with plots, leaving the crossing street free.
    ///
    /// - Parameter sign: -1 for the left side, 1 for the right.
    mutating func addPlots(_ street: Street, sign: Float) {
        let side = sign < 0 ? street.left : street.right
        let edge = abs(sign < 0 ? street.leftEdge : street.rightEdge) + side.width
        var z: Float = 2
        while z < Street.depth - 20 {
            var length = random.uniform(in: 9...20)
            if let crossing = street.crossing, z + length > crossing.lowerBound - 3, z < crossing.upperBound + 3 {
                if crossing.lowerBound - 3 - z > 6 {
                    length = crossing.lowerBound - 3 - z
                } else {
                    z = crossing.upperBound + 3
                    continue
                }
            }
            if chance(statistics.openPlot) {
                addOpenPlot(from: z, length: length, edge: edge, sign: sign)
            } else {
                addHouse(from: z, length: length, edge: edge + random.uniform(in: 0...0.6), sign: sign)
            }
            z += length
        }
    }

    private mutating func addHouse(from z: Float, length: Float, edge: Float, sign: Float) {
        let depth = random.uniform(in: 10...14)
        add(
            .building, x: sign * (edge + depth / 2), z: z + length / 2,
            size: SIMD3(depth, random.uniform(in: statistics.buildingHeight), length - random.uniform(in: 0...0.4)))
    }

    /// Grass behind a fence, a wall, a hedge or nothing, with trees; a house stands further back.
    private mutating func addOpenPlot(from z: Float, length: Float, edge: Float, sign: Float) {
        let border = random.uniform()
        let x = sign * (edge + 0.3)
        if border < 0.43 {
            add(.fence, x: x, z: z + length / 2, size: SIMD3(0.12, random.uniform(in: 1.4...2.2), length))
        } else if border < 0.82 {
            add(.wall, x: x, z: z + length / 2, size: SIMD3(0.35, random.uniform(in: 1.5...2.8), length))
        } else if border < 0.9 {
            add(.hedge, x: x, z: z + length / 2, size: SIMD3(0.9, random.uniform(in: 0.8...1.6), length))
        }
        for _ in 0..<(1 + random.integer(below: 3)) {
            addTree(x: sign * (edge + random.uniform(in: 3...9)), z: z + random.uniform(in: 1...max(2, length - 1)))
        }
        if chance(0.6) { addHouse(from: z, length: length, edge: edge + random.uniform(in: 10...16), sign: sign) }
    }

    mutating func addTree(x: Float, y: Float = 0, z: Float) {
        let height = random.uniform(in: 4...8.5)
        add(.tree, x: x, y: y, z: z, size: SIMD3(height * random.uniform(in: 0.45...0.7), height, 0))
    }

    /// Houses and trees that close the view at the end of the street and behind open plots.
    mutating func addSkyline(_ street: Street) {
        var x: Float = -110
        while x < 110 {
            let width = random.uniform(in: 9...22)
            if chance(0.65) {
                add(
                    .building, x: x + width / 2, z: Street.depth + random.uniform(in: 0...12),
                    size: SIMD3(width, random.uniform(in: statistics.buildingHeight) * 1.2, 10))
            } else {
                for _ in 0..<3 { addTree(x: x + width * random.uniform(), z: Street.depth + random.uniform(in: 0...8)) }
            }
            x += width
        }
        for sign: Float in [-1, 1] {
            for row in 0..<5 where chance(0.75) {
                addHouse(
                    from: Float(row) * 22 + random.uniform(in: 4...12), length: random.uniform(in: 10...18),
                    edge: random.uniform(in: 36...48), sign: sign)
            }
        }
    }
}
