import ImageIO
import Mixing
import Randomness
import Testing
import WeightFiles
import _TestSupport

/// Both compute in single precision, in a different order of operations.
private let tolerance: Float = 3e-6

private func image(_ name: String, height: Int, width: Int) throws -> FloatImage {
    let file = try SafeTensorsFile(Fixture.path("mixing/expected.safetensors"))
    return FloatImage(height: height, width: width, channels: 3, pixels: try file.floats(name))
}

private func applied(_ jitter: ColorJitter, to image: FloatImage) -> FloatImage {
    var result = image
    jitter.apply(to: &result)
    return result
}

private func blurred(_ image: FloatImage, sigma: Float) -> FloatImage {
    var result = image
    GaussianBlur(sigma: sigma).apply(to: &result)
    return result
}

private func neutral(_ order: [ColorJitter.Operation]) -> ColorJitter {
    ColorJitter(order: order, brightness: 0, contrast: 1, saturation: 1, hue: 0)
}

@Suite struct ColorJitterTests {
    @Test(arguments: [
        "brightness.-0.2", "brightness.0.13", "contrast.0.8", "contrast.1.2", "saturation.0.8", "saturation.1.2",
        "saturation.0.0", "hue.-0.2", "hue.0.07", "hue.0.2", "hue.0.5",
    ])
    func everyOperationAgreesWithKornia(name: String) throws {
        let colors = try image("colors", height: 24, width: 31)
        let parts = name.split(separator: ".", maxSplits: 1)
        let amount = try #require(Float(parts[1]))
        var jitter = neutral(ColorJitter.Operation.allCases.filter { "\($0)" == parts[0] })
        switch jitter.order[0] {
        case .brightness: jitter.brightness = amount
        case .contrast: jitter.contrast = amount
        case .saturation: jitter.saturation = amount
        case .hue: jitter.hue = amount
        }
        let expected = try image(name, height: 24, width: 31).pixels
        expectClose(applied(jitter, to: colors).pixels, expected, tolerance: tolerance, name)
    }

    @Test func aChainOfOperationsAgreesWithKornia() throws {
        let colors = try image("colors", height: 24, width: 31)
        let jitter = ColorJitter(
            order: [.hue, .contrast, .saturation, .brightness], brightness: -0.05, contrast: 1.17, saturation: 0.83,
            hue: -0.11)
        let expected = try image("chain", height: 24, width: 31).pixels
        expectClose(applied(jitter, to: colors).pixels, expected, tolerance: tolerance)
    }

    @Test func imagesOfMoreThanATileAreJitteredToTheLastPixel() {
        // 1333 pixels: two whole tiles of 512 and a part.
        let large = FloatImage(height: 31, width: 43, channels: 3, filledWith: 0.5)
        var jitter = neutral([.brightness])
        jitter.brightness = 0.25
        #expect(applied(jitter, to: large).pixels.allSatisfy { $0 == 0.75 })
        let empty = FloatImage(height: 0, width: 4, channels: 3, pixels: [])
        #expect(applied(jitter, to: empty) == empty)
    }

    @Test func factorsStayWithinTheStrength() {
        var random = RandomStream(seed: 1, "jitter")
        var orders: Set<String> = []
        for _ in 0..<500 {
            let order = ColorJitter.drawOrder(using: &random)
            let jitter = ColorJitter(strength: 0.2, order: order, using: &random)
            orders.insert("\(order)")
            #expect(abs(jitter.brightness) <= 0.2001 && abs(jitter.hue) <= 0.2)
            #expect((0.8...1.2).contains(jitter.contrast) && (0.8...1.2).contains(jitter.saturation))
        }
        #expect(orders.count == 24)
    }
}

@Suite struct GaussianBlurTests {
    @Test(arguments: [(70, 31), (10, 100), (181, 7)], [0.15, 0.6, 1.15] as [Float])
    func agreesWithKornia(size: (height: Int, width: Int), sigma: Float) throws {
        let name = "\(size.height)x\(size.width)"
        let sharp = try image("blur.\(name)", height: size.height, width: size.width)
        let expected = try image("blurred.\(name).\(sigma)", height: size.height, width: size.width).pixels
        expectClose(blurred(sharp, sigma: sigma).pixels, expected, tolerance: tolerance, name)
        let file = try SafeTensorsFile(Fixture.path("mixing/expected.safetensors"))
        let sizes = [size.height, size.width].map { Int64(GaussianBlur.kernelSize(forLength: $0)) }
        #expect(try sizes == file.integers("sizes.\(name)"))
    }

    @Test func kernelSizesAreThoseOfTheReference() {
        #expect([512, 1024, 1, 10, 20].map(GaussianBlur.kernelSize(forLength:)) == [51, 103, 1, 1, 1])
    }

    @Test func keepsAConstantImage() {
        let flat = FloatImage(height: 64, width: 65, channels: 3, filledWith: 0.7)
        for value in blurred(flat, sigma: 1).pixels { #expect(abs(value - 0.7) < 1e-6) }
    }

    @Test func tinyAndEmptyImagesPass() {
        let dot = FloatImage(height: 1, width: 1, channels: 3, filledWith: 0.5)
        #expect(blurred(dot, sigma: 1) == dot)
        let empty = FloatImage(height: 0, width: 64, channels: 3, pixels: [])
        #expect(blurred(empty, sigma: 1) == empty)
    }
}

@Suite struct StrongAugmentationTests {
    private let image = FloatImage(
        height: 40, width: 40, channels: 3, pixels: (0..<4800).map { Float($0 % 7) / 6 })

    /// A step whose coins come from the first stream for which `isWanted` holds.
    private func step(_ config: StrongAugmentation.Config = .init(), _ isWanted: (StrongAugmentation) -> Bool) throws
        -> StrongAugmentation
    {
        let steps = (0..<100).map { step in
            var coins = RandomStream(seed: 1, "coins", step: step)
            return StrongAugmentation(config, coins: &coins)
        }
        let found = steps.first(where: isWanted)
        return try #require(found)
    }

    @Test func coinsFollowTheReleasedCode() {
        let drawn = (0..<2_000).map { step in
            var coins = RandomStream(seed: 1, "coins", step: step)
            return StrongAugmentation(.init(), coins: &coins)
        }
        // 80 % and 50 %, five standard errors.
        #expect(abs(drawn.count { $0.jitters } - 1_600) < 90)
        #expect(abs(drawn.count { $0.blurs } - 1_000) < 112)
    }

    @Test func withoutCoinsTheImageStays() throws {
        let none = try step { !$0.jitters && !$0.blurs }
        var (result, random) = (image, RandomStream(seed: 4, "augment"))
        none.apply(to: &result, using: &random)
        #expect(result == image)
    }

    @Test func jitterComesBeforeBlur() throws {
        let both = try step { $0.jitters && $0.blurs }
        var (result, random) = (image, RandomStream(seed: 4, "augment"))
        both.apply(to: &result, using: &random)
        random = RandomStream(seed: 4, "augment")
        let jitter = ColorJitter(strength: 0.2, using: &random)
        let sigma = GaussianBlur(using: &random).sigma
        #expect((0.15...1.15).contains(sigma))
        #expect(result == blurred(applied(jitter, to: image), sigma: sigma))
    }

    @Test func imagesOfAMaskedBatchShareOrderAndBlurButNotFactors() throws {
        let both = try step { $0.jitters && $0.blurs }
        let batch = RandomStream(seed: 1, "masked", step: 9)
        for index in 0..<2 {
            var shared = batch
            var (sample, same) = (RandomStream(seed: 1, "f", rank: index), RandomStream(seed: 1, "f", rank: index))
            var result = image
            both.apply(to: &result, batch: batch, using: &sample)
            let order = ColorJitter.drawOrder(using: &shared)
            let jitter = ColorJitter(strength: 0.2, order: order, using: &same)
            #expect(result == blurred(applied(jitter, to: image), sigma: GaussianBlur(using: &shared).sigma))
        }
    }
}
