import NN
import SegmentationModels
import TensorEngine
import Testing
import _TestSupport

/// What must hold at two resolutions whatever the values.
@Suite struct MultiResolutionSizesTests {
    /// Smaller than a window, as large, between windows, and no multiple of anything.
    @Test(arguments: [(64, 64), (48, 64), (96, 72), (128, 192), (59, 131), (101, 66)])
    func takesImagesOfAnySize(height: Int, width: Int) {
        let network = TinyModels.multiResolutionNetwork(seed: 1)
        let images = pseudoRandomTensor([1, max(height, network.smallestSide), width, 3], seed: 2)
        let logits = network(images, in: .evaluation).logits
        let sides = images.shape[1...2].map { ($0 + 7) / 8 * 2 }
        #expect(logits.shape == [1, sides[0], sides[1], 5])
        #expect(logits.values().allSatisfy { $0.isFinite })
    }

    @Test func needsTheContextToBeLargeEnoughForTheEncoder() {
        #expect(TinyModels.network(seed: nil).smallestSide == 29)
        #expect(TinyModels.multiResolutionNetwork(seed: nil).smallestSide == 58)
    }

    /// Many windows pass in groups with running statistics; an image alone has other groups than one of four.
    @Test func doesNotDependOnHowWindowsAreGrouped() {
        let network = TinyModels.multiResolutionNetwork(seed: 1, detail: 512)
        let images = pseudoRandomTensor([2, 520, 1032, 3], seed: 2)
        let together = withoutGradients { network(images, in: .evaluation).logits.values() }
        let alone = withoutGradients {
            (0..<2).flatMap { network(images.sliced($0..<$0 + 1, axis: 0), in: .evaluation).logits.values() }
        }
        expectClose(together, alone, tolerance: 1e-5)
    }

    /// 0 is context alone, 1 detail alone; with a window of the whole image, detail is what one resolution gives.
    @Test func fixedAttentionChoosesOneResolution() throws {
        let images = pseudoRandomTensor([1, 64, 64, 3], seed: 2)
        func logits(_ share: Float) -> Tensor {
            TinyModels.multiResolutionNetwork(seed: 1, .fixed, share: share, detail: 64)(images, in: .evaluation)
                .logits
        }
        let network = TinyModels.multiResolutionNetwork(seed: 1, .fixed, share: 1, detail: 64)
        let detail = network.classHead(network.encoder(images, in: .evaluation), in: .evaluation).logits
        let context = network.classHead(network.features(images, in: .evaluation), in: .evaluation).logits
        expectClose(logits(1).values(), detail.values(), tolerance: 1e-6)
        expectClose(logits(0).values(), context.resized(height: 16, width: 16).values(), tolerance: 1e-6)
        expectClose(logits(0.25).values(), ((logits(1) + logits(0) * 3) / 4).values(), tolerance: 1e-5)
    }

    @Test func outsideTheWindowThereIsContextAlone() {
        let network = TinyModels.multiResolutionNetwork(seed: 1)
        let images = pseudoRandomTensor([1, 128, 160, 3], seed: 2)
        let window = DetailWindow(top: 64, left: 96, height: 64, width: 64)
        let fused = network(images, detail: window, in: .evaluation).logits
        let context = network.classHead(network.features(images, in: .evaluation), in: .evaluation).logits
            .resized(height: 32, width: 40)
        // A cell of the context away from the window, upsampling no longer sees it.
        let top = fused.cropped(top: 0, left: 0, height: 15, width: 40)
        expectClose(top.values(), context.cropped(top: 0, left: 0, height: 15, width: 40).values(), tolerance: 1e-6)
        let inside = fused.cropped(top: 16, left: 24, height: 16, width: 16)
        let insideContext = context.cropped(top: 16, left: 24, height: 16, width: 16)
        #expect(relativeDifference(inside.values(), insideContext.values()) > 1e-3)
    }

    @Test func detailAndContextDropOtherChannels() {
        var config = TinyModels.multiResolutionConfig()
        var decoder = TinyModels.headConfig
        decoder.dropoutRate = 0.5
        config.decoder = decoder
        let network = SegmentationNetwork(config, in: ModuleScope(seed: 1))
        // Both resolutions see the same constant image, so with the same draws they would give the same logits.
        let images = Tensor(repeating: 0.5, shape: [1, 128, 128, 3])
        let noise = NoiseSource(seed: 1, step: 0, pass: "source", slots: [0])
        let context = ForwardContext(batchStatistics: .running, noise: noise)
        let detail = network(images, detail: DetailWindow(top: 0, left: 0, height: 64, width: 64), in: context).detail
        let sameDraws = network.classHead(network.features(images, in: context), in: context).logits
        #expect(relativeDifference(detail?.logits.values() ?? [], sameDraws.values()) > 0.01)
    }

    @Test func passesWithoutGradientsKeepNothing() {
        let network = TinyModels.multiResolutionNetwork(seed: 1)
        let images = pseudoRandomTensor([1, 64, 128, 3], seed: 2)
        let kept = withoutGradients { network(images, in: .evaluation) }
        runBackward(from: [(kept.logits, Tensor.ones(kept.logits.shape))])
        #expect(network.namedParameters.allSatisfy { $0.parameter.gradient == nil })
    }

    /// As a new domain's statistics are taken: a momentum of 1 gives those of the pass, here the mean over what the
    /// head saw of context and of detail.
    @Test func fullMomentumTakesTheStatisticsOfBothResolutions() {
        let images = pseudoRandomTensor([2, 64, 64, 3], seed: 2)
        var context = ForwardContext.batchStatisticsOnly
        context.runningMomentum = 1
        func firstBuffer(_ pass: (SegmentationNetwork) -> Void) -> [Float] {
            let network = TinyModels.multiResolutionNetwork(seed: 1, detail: 64)
            withoutGradients { pass(network) }
            return network.classHead.namedBuffers[0].buffer.values()
        }
        let contextAlone = firstBuffer { _ = $0.classHead($0.features(images, in: context), in: context) }
        let detailAlone = firstBuffer { _ = $0.classHead($0.encoder(images, in: context), in: context) }
        let both = firstBuffer { _ = $0(images, in: context) }
        expectClose(both, zip(contextAlone, detailAlone).map { ($0 + $1) / 2 }, tolerance: 1e-5)
    }

    @Test func aWindowBelongsToTwoResolutions() async {
        await #expect(processExitsWith: .failure) {
            let images = Tensor.zeros([1, 64, 64, 3])
            let window = DetailWindow(top: 0, left: 0, height: 32, width: 32)
            _ = TinyModels.network(seed: 1)(images, detail: window, in: .evaluation)
        }
        await #expect(processExitsWith: .failure) {
            let images = Tensor.zeros([1, 128, 128, 3])
            let window = DetailWindow(top: 4, left: 0, height: 64, width: 64)
            _ = TinyModels.multiResolutionNetwork(seed: 1)(images, detail: window, in: .evaluation)
        }
    }
}
