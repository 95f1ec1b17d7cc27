public import Datasets
public import ImageIO
internal import Randomness

/// Toytown: a small procedural street world with all 19 Cityscapes classes.
///
/// A scene is a pure function of (seed, split, domain, index), and so is its picture: the same generator makes the same
/// bytes on the same machine, in any order and on any thread.
public struct ToytownGenerator: Sendable {
    public struct Options: Sendable, Codable, Equatable {
        public var seed: UInt64
        /// Pixels.
        public var height: Int
        /// Pixels.
        public var width: Int
        /// How far `camera`, `fog` and `night` are from `render`.
        public var gap: DomainGap

        public init(seed: UInt64 = 1, height: Int = 256, width: Int = 512, gap: DomainGap = .init()) {
            self.seed = seed
            self.height = height
            self.width = width
            self.gap = gap
        }
    }

    /// A picture with its annotation.
    public struct Picture: Sendable, Equatable {
        /// `[H, W, 3]`.
        public let image: RGBImage
        /// Cityscapes label ids, `[H, W, 1]`.
        public let labels: LabelMap
        /// Cityscapes instance ids, `[H, W, 1]`: `label id * 1000 + number` for things, the label id otherwise.
        public let instances: InstanceMap
    }

    public let options: Options

    /// - Precondition: sizes are at least 16 pixels.
    public init(options: Options = .init()) {
        precondition(
            options.height >= 16 && options.width >= 16,
            "ToytownGenerator: pictures must be at least 16x16, got \(options.height)x\(options.width)")
        self.options = options
    }

    /// Samples scene `index` of a split, with the statistics of `domain`.
    public func makeScene(_ index: Int, split: DatasetSplit, domain: ToytownDomain) -> ToytownScene {
        var random = RandomStream(
            seed: options.seed, "toytown-scene-\(domain.rawValue)-\(split.rawValue)", step: index)
        let statistics = SceneStatistics.sampled(for: domain, using: &random)
        var sampler = SceneSampler(random: random, statistics: statistics)
        return sampler.sample()
    }

    /// Paints a scene in the manner of `domain`; any scene can be painted in any domain.
    public func paint(_ scene: ToytownScene, domain: ToytownDomain) -> Picture {
        var random = RandomStream(seed: scene.seed, "toytown-\(domain.rawValue)")
        guard domain != .painted else {
            let look = PaintedLook.drawn(for: scene)
            return paint(scene, colors: MaterialColors(shift: 0, painted: look.colors), light: look.light) { colors in
                look.finish.applied(to: colors, using: &random)
            }
        }
        let gap = domain == .render ? DomainGap.none : options.gap
        let light = Lighting.sampled(for: domain, scene: scene, gap: gap, using: &random)
        return paint(scene, colors: MaterialColors(shift: gap.palette), light: light) { colors in
            finished(colors, domain: domain, gap: gap, using: &random)
        }
    }

    private func paint(
        _ scene: ToytownScene, colors: MaterialColors, light: Lighting, finish: (FloatImage) -> RGBImage
    ) -> Picture {
        let side = PictureResolver.samplesPerSide
        let projection = Projection(camera: scene.camera, width: options.width * side, height: options.height * side)
        let mesh = ScenePainter.mesh(of: scene, colors: colors, sunDirection: light.sunDirection)
        var samples = SampleBuffer(width: options.width * side, height: options.height * side)
        samples.draw(mesh, with: projection)
        let resolver = PictureResolver(samples: samples, surfaces: mesh.surfaces, projection: projection)
        return Picture(
            image: finish(resolver.colors(light: light)), labels: resolver.labels, instances: resolver.instances)
    }

    private func finished(
        _ colors: FloatImage, domain: ToytownDomain, gap: DomainGap, using random: inout RandomStream
    ) -> RGBImage {
        switch domain {
        case .render:
            return RGBImage(
                height: colors.height, width: colors.width, channels: 3,
                pixels: colors.pixels.map { UInt8(clamped($0) * 255 + 0.5) })
        case .painted: preconditionFailure("ToytownGenerator: a painted picture has a finish of its own")
        case .camera, .fog, .night:
            let finish = PhotoFinish.sampled(for: domain, gap: gap, width: colors.width, using: &random)
            return finish.compressed(finish.applied(to: colors, using: &random))
        }
    }
}
