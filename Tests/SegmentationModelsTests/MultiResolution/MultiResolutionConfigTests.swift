import Configuration
import Randomness
import SegmentationModels
import Testing

@Suite struct MultiResolutionConfigTests {
    private let published = MultiResolutionConfig()

    private func windows(_ config: MultiResolutionConfig, height: Int, width: Int, count: Int) -> [DetailWindow] {
        var random = RandomStream(seed: 1, "detail")
        return (0..<count).map { _ in config.drawWindow(cropHeight: height, cropWidth: width, using: &random) }
    }

    /// HRDA's code draws from 64 places and never takes the 65th, 512.
    @Test func drawsEveryPlaceOfThePublishedCrop() {
        let windows = windows(published, height: 1024, width: 1024, count: 2000)
        #expect(Set(windows.map(\.top)) == Set(stride(from: 0, through: 504, by: 8)))
        #expect(Set(windows.map(\.left)) == Set(stride(from: 0, through: 504, by: 8)))
        #expect(windows.allSatisfy { $0.height == 512 && $0.width == 512 })
        #expect(Set(windows.map { $0.top * 1024 + $0.left }).count > 1000)
    }

    @Test func drawsTheRowFirst() {
        var random = RandomStream(seed: 5, "detail")
        var same = random
        let window = published.drawWindow(cropHeight: 1024, cropWidth: 768, using: &random)
        #expect(window.top == 8 * same.integer(below: 64))
        #expect(window.left == 8 * same.integer(below: 32))
    }

    @Test func drawsNothingForTheWholeCrop() {
        var random = RandomStream(seed: 5, "detail")
        var same = random
        let window = published.drawWindow(cropHeight: 512, cropWidth: 512, using: &random)
        #expect(window == DetailWindow(top: 0, left: 0, height: 512, width: 512))
        #expect(random.next32() == same.next32())
    }

    /// One axis is covered; and a margin smaller than a step leaves one place.
    @Test func staysInsideNarrowCrops() {
        var config = published
        config.detail = .init(height: 64, width: 96)
        for window in windows(config, height: 64, width: 200, count: 100) {
            #expect(window.top == 0 && window.height == 64)
            #expect((0...104).contains(window.left) && window.left.isMultiple(of: 8))
        }
        #expect(windows(config, height: 64, width: 96 + 8, count: 20).allSatisfy { $0.left == 0 })
    }
}
