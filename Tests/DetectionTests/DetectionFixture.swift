import Detection
import _TestSupport
import WeightFiles

/// `make_detection_fixtures.py`: values of mmdetection's formulas, written anew.
struct DetectionFixture {
    private let file: SafeTensorsFile

    init() throws { file = try SafeTensorsFile(Fixture.path("detection/detection.safetensors")) }

    func floats(_ name: String) throws -> [Float] { try file.floats(name) }

    func integers(_ name: String) throws -> [Int] { try file.integers(name).map { Int($0) } }

    func shape(_ name: String) throws -> [Int] { try file.entry(name).shape }

    func boxes(_ name: String) throws -> [Box] {
        let values = try floats(name)
        return stride(from: 0, to: values.count, by: 4).map {
            Box(x1: values[$0], y1: values[$0 + 1], x2: values[$0 + 2], y2: values[$0 + 3])
        }
    }

    /// Maps of the anchors of an image of 100 x 75 pixels.
    static let sizes: [(height: Int, width: Int)] = [(25, 19), (13, 10), (7, 5), (4, 3), (2, 2)]
}

/// Their coordinates one after another.
func coordinates(_ boxes: [Box]) -> [Float] { boxes.flatMap { [$0.x1, $0.y1, $0.x2, $0.y2] } }
