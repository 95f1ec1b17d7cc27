import CPixelKernels
import ImageIO
import Mixing
import Testing
import WeightFiles
import _TestSupport

@Suite struct ColorTransferTests {
    private func bytes(_ name: String, height: Int, width: Int) throws -> RGBImage {
        let file = try SafeTensorsFile(Fixture.path("mixing/color-transfer.safetensors"))
        return RGBImage(
            height: height, width: width, channels: 3, pixels: try file.integers(name).map { UInt8($0) })
    }

    private func floats(_ name: String) throws -> [Float] {
        try SafeTensorsFile(Fixture.path("mixing/color-transfer.safetensors")).floats(name)
    }

    private func image(_ pixels: [SIMD3<UInt8>]) -> RGBImage {
        RGBImage(height: 1, width: pixels.count, channels: 3, pixels: pixels.flatMap { [$0.x, $0.y, $0.z] })
    }

    private func transferred(_ source: RGBImage, to target: RGBImage) -> RGBImage {
        var result = source
        ColorTransfer(to: target).apply(to: &result)
        return result
    }

    @Test func colorsAreThoseOfKornia() throws {
        let colors = try bytes("colors", height: 24, width: 31)
        // a is 500 times the difference of two roots, each right to two units in its last place.
        expectClose(ColorTransfer.lab(colors).pixels, try floats("lab"), tolerance: 2.5e-4)
    }

    @Test func whiteAndRedAreWhereTheyBelong() {
        let lab = ColorTransfer.lab(image([SIMD3(255, 255, 255), SIMD3(255, 0, 0), SIMD3(0, 0, 0)])).pixels
        #expect(abs(lab[0] - 100) < 1e-3 && abs(lab[1]) < 0.01 && abs(lab[2]) < 0.01)
        #expect(abs(lab[3] - 53.24) < 0.01 && abs(lab[4] - 80.1) < 0.01 && abs(lab[5] - 67.2) < 0.01)
        #expect(lab[6...8].allSatisfy { abs($0) < 1e-4 })
    }

    /// Colours are cut, not rounded: the whole number below kornia's value, but where single precision may pass one.
    @Test(arguments: [
        ("dim to bright", 19, 37), ("bright to bluish", 19, 37), ("random to dim", 19, 37), ("own", 19, 37),
    ])
    func transferIsThatOfKornia(name: String, height: Int, width: Int) throws {
        let source = try bytes("\(name).source", height: height, width: width)
        try expectExact(name, transferred(source, to: try bytes("\(name).target", height: height, width: width)))
    }

    /// Deviations are those of a sample, divided by one less than the number of pixels.
    @Test func imagesMayDifferInSize() throws {
        let source = try bytes("of three pixels.source", height: 1, width: 3)
        let target = try bytes("of three pixels.target", height: 1, width: 2)
        try expectExact("of three pixels", transferred(source, to: target))
    }

    private func expectExact(_ name: String, _ result: RGBImage) throws {
        let exact = try floats("\(name).exact")
        #expect(exact.count == result.pixels.count)
        var neighbours = 0
        for (value, byte) in zip(exact, result.pixels) where Float(byte) != value.rounded(.down) {
            neighbours += 1
            #expect(abs(value - value.rounded()) < 5e-3 && abs(Float(byte) - value.rounded(.down)) == 1, "\(name)")
        }
        // An image that takes on its own colours has whole numbers everywhere, and each may fall to either side.
        if name != "own" { #expect(neighbours * 100 < exact.count) }
    }

    @Test func anImageOfOneColorTakesTheMeanColor() {
        let grey = image([SIMD3](repeating: SIMD3(70, 70, 70), count: 600))
        let target = image([SIMD3](repeating: SIMD3(200, 40, 40), count: 600))
        let result = transferred(grey, to: target)
        #expect(Set(result.pixels.indices.filter { $0 % 3 == 0 }.map { result.pixels[$0] }).isSubset(of: [199, 200]))
        #expect(ColorTransfer.statistics(of: grey).deviation == SIMD3(0, 0, 0))
        #expect(ColorTransfer.statistics(of: image([SIMD3(1, 2, 3)])).deviation == SIMD3(0, 0, 0))
    }

    @Test func meanAndDeviationBecomeThoseOfTheTarget() throws {
        let source = try bytes("dim to bright.source", height: 19, width: 37)
        let target = try bytes("bright to bluish.source", height: 19, width: 37)
        let (found, wanted) = (
            ColorTransfer.statistics(of: transferred(source, to: target)), ColorTransfer.statistics(of: target))
        // Limits and the cut move them a little.
        for channel in 0..<3 {
            #expect(abs(found.mean[channel] - wanted.mean[channel]) < 2)
            #expect(abs(found.deviation[channel] / wanted.deviation[channel] - 1) < 0.1)
        }
    }

    /// What processors compute at a time differs, what comes out does not. Bright and dark pixels, and a rest of every
    /// length.
    @Test(arguments: [1, 3, 15, 16, 17, 511, 512, 513, 700, 1040])
    func allProcessorsGiveTheSameBits(count: Int) {
        func lab(_ level: Int32) -> ([Double], [UInt8], [Float]) {
            var pixels = (0..<3 * count).map { UInt8($0 * $0 * 31 % 256) }
            var (found, values) = (cpix_lab_statistics(), [Float](repeating: 0, count: 3 * count))
            cpix_measure_lab(pixels, count, level, &found)
            cpix_lab(pixels, count, level, &values)
            var change = cpix_lab_change(
                mean: found.mean, scale: (1.7, 0.6, 1.1), target: (found.mean.0 + 9, found.mean.1 - 20, 4))
            cpix_change_lab(&pixels, count, level, &change)
            let (mean, deviation) = (found.mean, found.deviation)
            return ([mean.0, mean.1, mean.2, deviation.0, deviation.1, deviation.2], pixels, values)
        }
        let expected = lab(0)
        for level in 1..<max(1, cpix_lab_levels()) {
            let result = lab(level)
            #expect(result.0 == expected.0 && result.1 == expected.1 && result.2 == expected.2, "level \(level)")
        }
    }

    /// More than one tile, and lengths that no vector divides.
    @Test(arguments: [1, 7, 8, 511, 512, 513, 1031])
    func statisticsAreThoseOfAllPixels(count: Int) {
        let pixels = (0..<count).map { (index: Int) -> SIMD3<UInt8> in
            SIMD3(UInt8(index % 251), UInt8(index * 7 % 256), UInt8(index * 13 % 256))
        }
        let lab = ColorTransfer.lab(image(pixels)).pixels
        let found = ColorTransfer.statistics(of: image(pixels))
        for channel in 0..<3 {
            let values = (0..<count).map { Double(lab[3 * $0 + channel]) }
            let mean = values.reduce(0, +) / Double(count)
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            // Tiles are summed in single precision, from the first pixel on.
            #expect(abs(found.mean[channel] - mean) < 2e-5)
            #expect(abs(found.deviation[channel] - (count > 1 ? (squares / Double(count - 1)).squareRoot() : 0)) < 2e-5)
        }
    }
}

@Suite struct SoftenedImageTests {
    /// One bright pixel becomes the kernel's outer product; sums are rounded half up.
    @Test func aPointBecomesTheKernel() {
        var image = LabelMap(height: 7, width: 9, channels: 1, filledWith: 0)
        image[3, 4] = 255
        let soft = image.softened()
        let weights = [1, 4, 6, 4, 1]
        for y in 0..<7 {
            for x in 0..<9 {
                let isNear = (1...5).contains(y) && (2...6).contains(x)
                let weight = isNear ? weights[y - 1] * weights[x - 2] : 0
                #expect(Int(soft[y, x]) == (weight * 255 + 128) / 256)
            }
        }
    }

    /// Edges are mirrored without repeating the last pixel, also where an axis is shorter than the kernel.
    @Test(arguments: [(5, 6), (1, 1), (2, 3), (1, 9)])
    func edgesAreMirrored(height: Int, width: Int) {
        let values = (0..<height * width * 3).map { UInt8($0 * 37 % 256) }
        let image = RGBImage(height: height, width: width, channels: 3, pixels: values)
        func mirrored(_ index: Int, _ length: Int) -> Int {
            if length == 1 { return 0 }
            var index = index
            while index < 0 || index >= length { index = index < 0 ? -index : 2 * (length - 1) - index }
            return index
        }
        let soft = image.softened()
        let weights = [1, 4, 6, 4, 1]
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<3 {
                    var sum = 128
                    for (dy, vertical) in weights.enumerated() {
                        for (dx, horizontal) in weights.enumerated() {
                            let pixel = image[mirrored(y + dy - 2, height), mirrored(x + dx - 2, width), c]
                            sum += vertical * horizontal * Int(pixel)
                        }
                    }
                    #expect(Int(soft[y, x, c]) == sum / 256)
                }
            }
        }
    }
}
