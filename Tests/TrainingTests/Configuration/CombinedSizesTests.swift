import Configuration
import Testing
import Training
import _TestSupport

private func failure(_ overrides: [String]) -> String {
    let folder = TemporaryFolder()
    let path = folder.write("data: {source: {root: a}, target: {root: b}}", to: "run.yaml")
    do {
        let run = try ConfigurationFile.load(path, overrides: overrides)
        try run.validate(worldSize: 1)
        return "no error"
    } catch {
        return error.description
    }
}

/// Sizes that are right alone and do not go together with the network or with each other.
@Suite struct CombinedSizesTests {
    private static let bare = ["method.margins=none", "method.featureDistance.weight=0"]

    @Test(arguments: [1, 16, 28]) func aCropSmallerThanTheEncoderLooksAtIsRefused(side: Int) {
        let text = failure(Self.bare + ["data.crop={height: \(side), width: 64}"])
        #expect(text.contains("data.crop: a crop of \(side)x64 (height x width) is smaller than the 29 pixels a side"))
    }

    @Test func theSmallestCropWillDo() {
        #expect(failure(Self.bare + ["data.crop={height: 29, width: 29}"]) == "no error")
        #expect(failure(Self.bare + ["model.encoder=swin-t", "data.crop={height: 1, width: 1}"]) == "no error")
    }

    @Test func windowsAndScoredImagesMustBeLargeEnough() {
        let small = "{height: 28, width: 64}"
        #expect(
            failure(["evaluation.inference={kind: sliding, window: \(small), stride: \(small)}"])
                .contains(
                    "evaluation.inference.window: a window of 28x64 (height x width) is smaller than the 29 pixels"))
        #expect(
            failure(["evaluation.dataset={root: c, resize: \(small)}"])
                .contains("evaluation.dataset.resize: an image of 28x64 (height x width) is smaller than the 29 pixels")
        )
    }

    @Test func aBatchMustBeCountable() {
        for images in ["1000000000", "9223372036854775807"] {
            #expect(
                failure(["training.batch.images=\(images)"]).contains("training.batch.images: must be from 1 to 65536"))
        }
        #expect(
            failure(["training.batch.images=65536"])
                .contains("training.batch.images: 65536 crops of 512x512 (height x width) in a step are more than"))
        #expect(
            failure(["training.batch.images=2048"])
                .contains("training.batch.images: 2048 crops of 512x512 (height x width) on each student are more than")
        )
        #expect(
            failure(["training.batch={kind: per-student, images: 2048}"])
                .contains("training.batch.images: 2048 crops of 512x512 (height x width) on each student are more than")
        )
        let largest = "data.crop={height: 65536, width: 65536}"
        #expect(
            failure([largest, "training.batch.images=65536"]).contains(
                "training.batch.images: 65536 crops of 65536x65536"))
    }

    @Test(arguments: ["1025", "100000", "-1", "9223372036854775807"]) func threadsHaveAnEnd(threads: String) {
        #expect(
            failure(["engine.threads=\(threads)"]).contains("engine.threads: must be from 0 to 1024, got \(threads)"))
    }
}
