import ImageIO
import Mixing
import NN
import Randomness
import Testing
import _TestSupport

@Suite struct StrongAugmentationTests {
    private func fixture(_ name: String) throws -> FloatImage {
        let file = try SafeTensorsFile(Fixture.path("mixing/jitter.safetensors"))
        return FloatImage(height: 21, width: 30, channels: 3, pixels: try file.floats(name))
    }

    private func jitter(_ order: [ColorJitter.Operation]) -> ColorJitter {
        ColorJitter(order: order, brightness: 0.15, contrast: 1.2, saturation: 1.3, hue: -0.17)
    }

    /// Saturation divides by the value plus 1e-6, as kornia does; the fixture's colorsys does not.
    @Test(arguments: [("brightness", .brightness), ("contrast", .contrast), ("saturation", .saturation), ("hue", .hue)]
        as [(String, ColorJitter.Operation)])
    func eachOperationAgreesWithItsFormula(name: String, operation: ColorJitter.Operation) throws {
        var image = try fixture("image")
        jitter([operation]).apply(to: &image)
        expectClose(image.pixels, try fixture(name).pixels, tolerance: 1e-5, name)
    }

    @Test func theOrderCounts() throws {
        var image = try fixture("image")
        let all = ColorJitter(
            order: [.contrast, .hue, .brightness, .saturation], brightness: -0.1, contrast: 0.9, saturation: 0.8, hue: 0.1)
        all.apply(to: &image)
        expectClose(image.pixels, try fixture("all").pixels, tolerance: 1e-5)
    }

    @Test func blurAgreesWithTorch() throws {
        var image = try fixture("image")
        GaussianBlur(sigma: 0.9).apply(to: &image)
        expectClose(image.pixels, try fixture("blur").pixels, tolerance: 1e-6)
        var tiny = FloatImage(height: 1, width: 2, channels: 3, filledWith: 0.25)
        GaussianBlur(sigma: 1).apply(to: &tiny)
        #expect(tiny.pixels.allSatisfy { abs($0 - 0.25) < 1e-6 })
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

    @Test func factorsStayInTheirRanges() {
        for step in 0..<200 {
            var random = RandomStream(seed: 1, "jitter", step: step)
            let jitter = ColorJitter(strength: 0.2, using: &random)
            #expect(Set(jitter.order).count == 4)
            #expect(abs(jitter.brightness) <= 0.2 && abs(jitter.hue) <= 0.2)
            #expect((0.8...1.2).contains(jitter.contrast) && (0.8...1.2).contains(jitter.saturation))
        }
    }
}
