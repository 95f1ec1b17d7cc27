import Evaluation
import Testing

@Suite struct ImagePairingTests {
    private func images(_ images: [(Int, String?)]) -> [ImagePairing.Image] {
        images.map { ImagePairing.Image(id: "\($0.0)", files: $0.1.map { [$0] } ?? []) }
    }

    @Test func idsAreEnoughWhereNamesAreOfAnotherKind() {
        let pairing = ImagePairing(
            labels: images([(1, "a_gtFine.png"), (2, "b_gtFine.png")]),
            predictions: images([(2, "x.png"), (1, "y.png")]))
        #expect(pairing.way == .idsAlone && pairing.predicted == ["1": "1", "2": "2"])
        let nameless = ImagePairing(labels: images([(1, nil)]), predictions: images([(1, "a.png")]))
        #expect(nameless.way == .idsAlone && nameless.predicted == ["1": "1"])
    }

    @Test func namesAreBelievedWhereIDsAreOfOtherImages() {
        let pairing = ImagePairing(
            labels: images([(1, "day/000.jpg"), (2, "day/001.jpg")]),
            predictions: images([(0, "000.png"), (1, "001.png")]))
        #expect(pairing.way == .names(contradictory: true) && pairing.predicted == ["1": "0", "2": "1"])
    }

    /// One prediction whose id fits a label of another name, and whose own name is nowhere.
    @Test func aNeighbourIsNoPredictionOfAnImage() {
        let pairing = ImagePairing(
            labels: images([(1, "000.png"), (2, "001.png")]), predictions: images([(1, "001.png"), (2, "002.png")]))
        #expect(pairing.predicted == ["2": "1"] && pairing.contradiction != nil)
    }

    @Test func namesThatStandTwiceTellNothing() {
        let pairing = ImagePairing(
            labels: images([(1, "a.png"), (2, "a.png")]), predictions: images([(1, "a.png"), (2, "a.png")]))
        #expect(pairing.predicted == ["1": "1", "2": "2"])
    }
}
