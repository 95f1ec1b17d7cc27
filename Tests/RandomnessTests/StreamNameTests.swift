import Randomness
import Testing

/// Names are keys: published results repeat only with these.
@Suite struct StreamNameTests {
    @Test func namesStayAsTheyAre() {
        let names: [(StreamName, String)] = [
            (.weights(ofParameter: "backbone.norm1.weight"), "weights/backbone.norm1.weight"),
            (.noise(ofLayer: "dropout", pass: "mixed/detail"), "noise/mixed/detail/dropout"),
            (.pairs, "pairs"), (.image(ofDomain: "source"), "source image"),
            (.replacement(ofDomain: "target"), "target replacement"), (.flip(ofDomain: "source"), "source flip"),
            (.crop(ofDomain: "target"), "target crop"), (.imageSize(ofDomain: "source"), "source image size"),
            (.cropColors(ofDomain: "target"), "target crop colors"), (.mixing, "mixing"), (.masking, "masking"),
            (.augmentationCoins(ofPass: "mix"), "mix augmentation coins"),
            (.augmentationOrder(ofPass: "masked"), "masked augmentation order"),
            (.augmentation(ofPass: "source"), "source augmentation"),
            (.detailWindow(ofPass: "mixed"), "detail window/mixed"), (.drawnEmbeddings, "embeddings"),
            (.own(ofMethod: "toy", "pool"), "toy/pool"),
        ]
        for (name, text) in names { #expect(name.text == text) }
        #expect(Set(names.map(\.0)).count == names.count)
    }

    @Test func aNamedStreamIsThatOfItsText() {
        var named = RandomStream(seed: 3, .crop(ofDomain: "source"), step: 5, rank: 2)
        var text = RandomStream(seed: 3, "source crop", step: 5, rank: 2)
        for _ in 0..<9 { #expect(named.next32() == text.next32()) }
    }
}
