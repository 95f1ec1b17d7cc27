import Datasets
import ImageIO
import Testing
import Toytown

/// What sets `painted` apart from the other looks; what holds for all of them is in `ToytownTests`.
@Suite struct PaintedToytownTests {
    private let generator = ToytownGenerator(options: .init(seed: 3, height: 96, width: 192))

    /// Mean colour of a class, `0...255`; nil where a picture has too little of it.
    private func meanColor(of label: UInt8, in picture: ToytownGenerator.Picture) -> SIMD3<Double>? {
        var sum = SIMD3<Double>()
        var count = 0
        for (index, pixel) in picture.labels.pixels.enumerated() where pixel == label {
            for channel in 0..<3 { sum[channel] += Double(picture.image.pixels[index * 3 + channel]) }
            count += 1
        }
        return count < 50 ? nil : sum / Double(count)
    }

    private func pictures(_ domain: ToytownDomain, count: Int = 40) -> [ToytownGenerator.Picture] {
        (0..<count).map { generator.paint(generator.makeScene($0, split: .train, domain: domain), domain: domain) }
    }

    /// Deviation of a class's mean colour over pictures, with brightness taken out.
    private func spread(of label: UInt8, over pictures: [ToytownGenerator.Picture]) -> Double {
        let colors = pictures.compactMap { meanColor(of: label, in: $0) }.map { $0 / max(1, $0.sum()) }
        let mean = colors.reduce(SIMD3(), +) / Double(colors.count)
        let squares = colors.map { (($0 - mean) * ($0 - mean)).sum() }.reduce(0, +)
        return (squares / Double(colors.count)).squareRoot()
    }

    /// Road, vegetation, terrain and sky have one colour in `render`.
    @Test(arguments: [UInt8(7), 21, 22, 23])
    func theColourOfAClassIsDrawnAnewForEveryPicture(label: UInt8) {
        let painted = spread(of: label, over: pictures(.painted))
        #expect(painted > 0.02)
        #expect(painted > 2 * spread(of: label, over: pictures(.render)))
    }

    @Test func oneSceneHasOnePalette() {
        let scene = generator.makeScene(0, split: .train, domain: .painted)
        #expect(generator.paint(scene, domain: .painted) == generator.paint(scene, domain: .painted))
    }

    @Test func picturesAreNeitherBlackNorWhite() {
        for (index, picture) in pictures(.painted, count: 60).enumerated() {
            let mean = picture.image.pixels.reduce(0) { $0 + Int($1) } / picture.image.pixels.count
            #expect((8...215).contains(mean), "picture \(index) has the mean \(mean)")
            let distinct = Set(picture.image.pixels).count
            #expect(distinct > 40, "picture \(index) has \(distinct) values")
        }
    }

    /// By day, at night, in fog and under a grey sky: the mean brightness of pictures covers a wide range.
    @Test func lightVariesFromPictureToPicture() {
        let means = pictures(.painted, count: 60).map { picture in
            Double(picture.image.pixels.reduce(0) { $0 + Int($1) }) / Double(picture.image.pixels.count)
        }
        #expect((means.min() ?? 255) < 50 && (means.max() ?? 0) > 130)
    }

    @Test func streetsVaryMoreThanInOtherLooks() {
        func shares(_ domain: ToytownDomain) -> [Double] {
            pictures(domain, count: 40).map { picture in
                Double(picture.labels.pixels.count { $0 == 7 }) / Double(picture.labels.pixels.count)
            }
        }
        func range(_ values: [Double]) -> Double { (values.max() ?? 0) - (values.min() ?? 0) }
        #expect(range(shares(.painted)) > range(shares(.camera)))
    }
}
