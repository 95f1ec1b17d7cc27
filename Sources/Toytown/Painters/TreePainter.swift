internal import Randomness

extension ScenePainter {
    /// A trunk and a crown of leaf clumps, darker below than above.
    mutating func paintTree(_ object: SceneObject, using random: inout RandomStream) {
        mesh.begin(.vegetation, tint: object.tint)
        let base = object.position
        let height = object.size.y
        let crownRadius = object.size.x / 2
        let isConifer = object.variant % 5 == 0
        let crownBottom = isConifer ? height * 0.15 : height * 0.38
        mesh.limb(
            from: base, to: base + SIMD3(0, crownBottom + height * 0.2, 0), width: 0.16 + height * 0.03,
            endWidth: 0.1 + height * 0.015, .trunk)
        let clumpCount = base.z > 70 ? 6 : 15
        for clump in 0..<clumpCount {
            let level = (Float(clump) + 0.5) / Float(clumpCount)
            let taper = isConifer ? 1.05 - level : (1 - (2 * level - 0.85) * (2 * level - 0.85)).squareRoot0
            let reach = crownRadius * taper * 0.62
            let angle = random.uniform(in: 0...(2 * Float.pi))
            let spread = reach * random.uniform().squareRoot()
            let offset = Frame(SIMD3(), yaw: angle).point(0, 0, spread)
            let center = base + offset + SIMD3(0, crownBottom + level * (height - crownBottom), 0)
            mesh.clump(
                at: center, radius: max(0.35, crownRadius * (isConifer ? 0.25 + 0.45 * taper : 0.52)), .foliage,
                raggedness: 0.38, brightness: 0.72 + 0.45 * level + random.uniform(in: -0.08...0.08), using: &random)
        }
        mesh.castShadow(ofBallAt: base + SIMD3(0, (crownBottom + height) / 2, 0), radius: crownRadius * 0.9)
    }
}

extension Float {
    /// The square root, 0 for negative numbers.
    fileprivate var squareRoot0: Float { self > 0 ? squareRoot() : 0 }
}
