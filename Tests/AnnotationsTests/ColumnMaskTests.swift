import Annotations
import Foundation
import ImageIO
import Randomness
import Testing
import _TestSupport

/// Masks by pycocotools (`Tests/Fixtures/annotations/make_column_masks.py`).
private struct MaskCase: Decodable {
    let height: Int
    let width: Int
    let polygons: [[Double]]
    let text: String
    let area: Int
    let other: String
    let common: Int
    let either: String
    let rows: [[UInt8]]?

    static func all() throws -> [MaskCase] {
        let file = URL(fileURLWithPath: Fixture.path("annotations/column_masks.json"))
        return try JSONDecoder().decode([MaskCase].self, from: Data(contentsOf: file))
    }
}

@Suite struct ColumnMaskTests {
    @Test func polygonsFillThePixelsThatPycocotoolsFills() throws {
        for (place, example) in try MaskCase.all().enumerated() {
            let mask = try ColumnMask(height: example.height, width: example.width, polygons: example.polygons)
            #expect(mask.text == example.text, "case \(place)")
            #expect(mask.area == example.area, "case \(place)")
        }
    }

    @Test func textIsThatOfPycocotoolsBothWays() throws {
        for (place, example) in try MaskCase.all().enumerated() {
            let mask = try ColumnMask(height: example.height, width: example.width, text: example.text)
            let other = try ColumnMask(height: example.height, width: example.width, text: example.other)
            #expect(mask.text == example.text && other.text == example.other, "case \(place)")
            #expect(mask.intersection(with: other) == example.common, "case \(place)")
            #expect(mask.union(with: other).text == example.either, "case \(place)")
        }
    }

    @Test func rowsAndColumnsHoldTheSamePixels() throws {
        for example in try MaskCase.all() {
            let mask = try ColumnMask(height: example.height, width: example.width, text: example.text)
            let rows = mask.mask
            #expect(rows.area == example.area)
            let back = ColumnMask(rows, height: example.height, width: example.width)
            #expect(back.area == example.area && back.intersection(with: mask) == example.area)
            #expect(back.mask == rows)
            guard let expected = example.rows else { continue }
            let map = LabelMap(
                height: example.height, width: example.width, channels: 1, pixels: Array(expected.joined()))
            #expect(rows == ObjectMask(ofNonzero: map))
        }
    }

    @Test func masksByRowsOverlapAsMasksByColumnsDo() throws {
        let examples = try MaskCase.all()
        for example in examples {
            let mask = try ColumnMask(height: example.height, width: example.width, text: example.text).mask
            let other = try ColumnMask(height: example.height, width: example.width, text: example.other).mask
            #expect(mask.intersection(with: other) == example.common)
            #expect(other.intersection(with: mask) == example.common)
        }
    }

    @Test func whatIsNoMaskIsSaid() {
        func reason(_ body: () throws(ColumnMaskError) -> ColumnMask) -> String {
            do throws(ColumnMaskError) {
                _ = try body()
                return "none"
            } catch {
                return "\(error)"
            }
        }
        #expect(
            reason { () throws(ColumnMaskError) in try ColumnMask(height: 2, width: 3, counts: [1, 2]) }
                == "the run lengths make 3 pixels, its size 3x2 has 6")
        #expect(
            reason { () throws(ColumnMaskError) in try ColumnMask(height: 2, width: 3, counts: [4, 3]) }
                == "the run lengths do not fit its 3x2 pixels: 3 follows 4")
        #expect(
            reason { () throws(ColumnMaskError) in try ColumnMask(height: 2, width: 3, counts: [-1, 7]) }
                == "the run lengths do not fit its 3x2 pixels: -1 follows 0")
        #expect(
            reason { () throws(ColumnMaskError) in try ColumnMask(height: 2, width: 3, text: "1P") }
                == "the run lengths end in the middle of a number")
        #expect(
            reason { () throws(ColumnMaskError) in try ColumnMask(height: 2, width: 3, text: "1 5") }
                == "the run lengths hold the character  , which no RLE of COCO has")
        #expect(
            reason { () throws(ColumnMaskError) in try ColumnMask(height: 0, width: 3, counts: []) }
                == "a size of 3x0 is not possible")
        #expect(
            reason { () throws(ColumnMaskError) in try ColumnMask(height: 2, width: 3, polygons: [[0, 0, 1, 1]]) }
                == "a polygon has 4 numbers; give x and y of at least three corners")
        #expect(
            reason { () throws(ColumnMaskError) in
                try ColumnMask(height: 2, width: 3, polygons: [[0, 0, 1, 1, 2, .nan]])
            } == "a polygon has a corner at nan; give pixels of the image")
        #expect(
            reason { () throws(ColumnMaskError) in try ColumnMask(height: 2, width: 3, polygons: []) }
                == "there is no polygon")
    }

    @Test func anyTextGivesAMaskOrAnError() {
        // What a file holds must never end the program.
        let mask = try? ColumnMask(height: 9, width: 9, text: "93jAmmCD0")
        #expect(mask == nil)
        let characters = Array(UInt8(48)..<112)
        var source = SplitMix(seed: 4)
        for _ in 0..<20_000 {
            let bytes = (0..<Int(source.next() % 12)).map { _ in characters[Int(source.next() % 64)] }
            let text = String(decoding: bytes, as: UTF8.self)
            if let mask = try? ColumnMask(height: 3, width: 4, text: text) {
                #expect(mask.counts.reduce(0, +) == 12)
            }
        }
    }
}

/// A stream of numbers that is the same everywhere.
private struct SplitMix {
    var seed: UInt64

    mutating func next() -> UInt64 {
        seed &+= 0x9E37_79B9_7F4A_7C15
        var value = seed
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

/// Masks of files that would take all memory or time.
@Suite struct ColumnMaskLimitTests {
    @Test func sizesBeyondThoseOfImagesAreRefused() {
        for (height, width) in [(1 << 20, 1 << 20), (Int.max, 2), (10_001, 10_000)] {
            let error = #expect(throws: ColumnMaskError.self) {
                try ColumnMask(height: height, width: width, counts: [height &* width])
            }
            #expect(error?.description == "a size of \(width)x\(height) is more than data.largestImage allows")
            #expect(throws: ColumnMaskError.self) {
                try ColumnMask(height: height, width: width, polygons: [[0, 0, 1, 0, 1, 1]])
            }
        }
    }

    @Test func aPolygonWhoseEdgesGoFarOutsideOverAndOverIsRefused() {
        let corners = (0..<100).flatMap { corner -> [Double] in
            [corner % 2 == 0 ? -1_000_000 : 1_000_000, Double(corner)]
        }
        let error = #expect(throws: ColumnMaskError.self) { try ColumnMask(height: 9, width: 9, polygons: [corners]) }
        #expect(error?.description == "a polygon has edges of 200000000 pixels; draw it with fewer corners")
    }
}
