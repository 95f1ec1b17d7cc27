import Annotations
import NN
import SegmentationModels
import TensorEngine
import Testing
import _TestSupport

/// Only the classes of a group are looked for.
@Suite struct SoughtThingsTests {
    private func found(
        _ decoder: some ObjectDecoder, _ pyramid: FeaturePyramid, sought: Set<UInt8>?
    ) -> [[AnnotatedObject]] {
        decoder.soughtThings = sought
        let (height, width) = (4 * pyramid.finest.shape[1], 4 * pyramid.finest.shape[2])
        return decoder.detections(pyramid, height: height, width: width, masksOf: (height, width), in: .evaluation)
    }

    /// Suppression is within a class, so that what is left is what was there; the places of the others are free.
    @Test func maskRCNNFindsTheRestAsBefore() throws {
        let tiny = try TinyMaskRCNN()
        let (decoder, pyramid) = (try tiny.decoder(), try tiny.pyramid())
        let all = found(decoder, pyramid, sought: nil)
        let trainID = try #require(all.joined().first?.trainID)
        let some = found(decoder, pyramid, sought: [trainID])
        #expect(some.joined().allSatisfy { $0.trainID == trainID } && !some.joined().isEmpty)
        for (image, objects) in all.enumerated() {
            #expect(objects.filter { $0.trainID == trainID }.allSatisfy { some[image].contains($0) })
        }
        #expect(found(decoder, pyramid, sought: []).allSatisfy { $0.isEmpty })
    }

    @Test func mask2FormerGivesTheirPlacesToThoseThatAreSought() throws {
        let tiny = try TinyMask2Former()
        let (decoder, pyramid) = (try tiny.decoder(), try tiny.pyramid())
        let all = found(decoder, pyramid, sought: nil)
        let trainID = try #require(all.joined().first?.trainID)
        let some = found(decoder, pyramid, sought: [trainID])
        #expect(some.joined().allSatisfy { $0.trainID == trainID } && !some.joined().isEmpty)
        for (image, objects) in all.enumerated() {
            #expect(objects.filter { $0.trainID == trainID }.allSatisfy { some[image].contains($0) })
        }
        #expect(found(decoder, pyramid, sought: []).allSatisfy { $0.isEmpty })
    }
}
