import Detection
import Testing
import _TestSupport
import WeightFiles

struct BoxCoderTests {
    static let coders = [
        ("anchors", BoxCoder()), ("proposals", BoxCoder(deviations: SIMD4(0.1, 0.1, 0.2, 0.2))),
    ]

    @Test(arguments: coders) func differencesAgreeWithTheFormula(_ name: String, _ coder: BoxCoder) throws {
        let fixture = try DetectionFixture()
        let encoded = zip(try fixture.boxes("coder.objects"), try fixture.boxes("coder.boxes")).flatMap {
            let delta = coder.encoded($0, from: $1)
            return [delta.x, delta.y, delta.z, delta.w]
        }
        expectClose(encoded, try fixture.floats("coder.encoded.\(name)"), tolerance: 1e-6)
    }

    @Test(arguments: coders) func decodedBoxesAgreeWithTheFormula(_ name: String, _ coder: BoxCoder) throws {
        let fixture = try DetectionFixture()
        let deltas = try fixture.floats("coder.deltas")
        let expected = try fixture.boxes("coder.decoded.\(name)")
        var count = 0
        for (place, box) in try fixture.boxes("coder.boxes").enumerated() {
            let delta = SIMD4(deltas[4 * place], deltas[4 * place + 1], deltas[4 * place + 2], deltas[4 * place + 3])
            let decoded = coder.decoded(delta, from: box, height: 70, width: 90)
            #expect((decoded == nil) == !expected[place].hasArea, "box \(place)")
            guard let decoded else { continue }
            count += 1
            expectClose(coordinates([decoded]), coordinates([expected[place]]), tolerance: 1e-6, "box \(place)")
        }
        #expect(count > 30)
    }

    @Test func aBoxComesBackFromItsDifferences() throws {
        let (box, object) = (Box(x1: 10, y1: 20, x2: 30, y2: 25), Box(x1: 3, y1: 4, x2: 50, y2: 60))
        let coder = BoxCoder(deviations: SIMD4(0.1, 0.1, 0.2, 0.2))
        let decoded = coder.decoded(coder.encoded(object, from: box), from: box, height: 100, width: 100)
        expectClose(coordinates([try #require(decoded)]), coordinates([object]), tolerance: 1e-6)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity]) func whatIsNoNumberMakesNoBoxAndNoTrap(_ value: Float) {
        let box = Box(x1: 10, y1: 20, x2: 30, y2: 40)
        for place in 0..<4 {
            var delta = SIMD4<Float>.zero
            delta[place] = value
            let decoded = BoxCoder().decoded(delta, from: box, height: 100, width: 100)
            // An infinite side is clamped as a large one is; an infinite shift leaves the image.
            #expect((decoded != nil) == (place >= 2 && !value.isNaN), "\(value) at \(place)")
        }
    }

    @Test func boxesWithoutSidesHaveFiniteDifferences() {
        let (thin, object) = (Box(x1: 5, y1: 5, x2: 5, y2: 5), Box(x1: 1, y1: 2, x2: 8, y2: 9))
        for delta in [
            BoxCoder().encoded(object, from: thin), BoxCoder().encoded(thin, from: object),
            BoxCoder().encoded(thin, from: thin),
        ] {
            #expect((0..<4).allSatisfy { delta[$0].isFinite })
        }
        #expect(BoxCoder().decoded(.zero, from: thin, height: 100, width: 100) == nil)
    }
}
