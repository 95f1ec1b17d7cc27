import Evaluation
import Foundation
import ImageIO
import _TestSupport

extension TemporaryFolder {
    /// Writes a label file of one row, making its folder.
    func labels(_ name: String, _ values: [UInt8]) throws {
        try ImageCodec.writePNG(LabelMap(height: 1, width: values.count, channels: 1, pixels: values), to: made(name))
    }

    /// The path of a file in a folder that now exists.
    func made(_ name: String) throws -> String {
        let file = URL(fileURLWithPath: self.file(name))
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        return file.path
    }
}

/// The evaluation error that `body` throws, or `nil`.
func evaluationError(_ body: () throws -> Void) -> EvaluationError? {
    do {
        try body()
        return nil
    } catch {
        return error as? EvaluationError
    }
}
