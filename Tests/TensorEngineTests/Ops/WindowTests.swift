import TensorEngine
import Testing
import _TestSupport

@Suite struct WindowTests {
    /// The side and the shift of a fixture's case.
    struct Cut: Sendable, CustomTestStringConvertible {
        var name: String
        var side: Int
        var rows = 0
        var columns = 0
        var testDescription: String { name }
    }

    static let cuts = [
        Cut(name: "whole", side: 2), Cut(name: "padded", side: 3), Cut(name: "shifted", side: 4, rows: -2, columns: -2),
        Cut(name: "small", side: 5, rows: -2, columns: -2), Cut(name: "other_way", side: 3, rows: 1, columns: -1),
    ]

    @Test(arguments: cuts) func windowsAreThoseOfPyTorch(_ cut: Cut) throws {
        try GoldenOperation("windows", cut.name).expect(tolerance: 0) {
            $0[0].windows(side: cut.side, rolledBy: (cut.rows, cut.columns))
        }
    }

    /// Back again they are the maps, and the gradient of what was padding is 0.
    @Test(arguments: cuts) func unwindowedMapsAreTheMapsThemselves(_ cut: Cut) throws {
        let maps = try GoldenOperation("windows", cut.name).tensor("input")
        let windows = maps.windows(side: cut.side, rolledBy: (cut.rows, cut.columns)).trackingGradient()
        let back = windows.unwindowed(
            side: cut.side, batch: maps.shape[0], height: maps.shape[1], width: maps.shape[2],
            rolledBy: (cut.rows, cut.columns))
        #expect(back.shape == maps.shape && back.values() == maps.values())
        let upstream = pseudoRandomTensor(maps.shape, seed: 3)
        runBackward(from: [(back, upstream)])
        #expect(
            windows.gradient?.values() == upstream.windows(side: cut.side, rolledBy: (cut.rows, cut.columns)).values())
    }

    @Test(arguments: [("both", 2, -3), ("rows", 1, 0), ("further", -7, 9)])
    func rollsAreThoseOfPyTorch(name: String, rows: Int, columns: Int) throws {
        try GoldenOperation("windows", "roll_\(name)").expect(tolerance: 0) { $0[0].rolled(by: (rows, columns)) }
    }

    @Test func wholeTurnsAndEmptyMapsAreLeftAsTheyAre() {
        let maps = pseudoRandomTensor([1, 3, 4, 2], seed: 1)
        #expect(maps.rolled(by: (3, -8)).values() == maps.values())
        #expect(Tensor.zeros([0, 3, 4, 2]).rolled(by: (1, 1)).shape == [0, 3, 4, 2])
        #expect(Tensor.zeros([0, 3, 4, 2]).windows(side: 2).shape == [0, 4, 2])
    }

    @Test func windowsOfOtherMapsStopTheProgram() async {
        await #expect(processExitsWith: .failure) {
            _ = Tensor.zeros([4, 4, 3]).unwindowed(side: 2, batch: 1, height: 5, width: 4)
        }
    }
}
