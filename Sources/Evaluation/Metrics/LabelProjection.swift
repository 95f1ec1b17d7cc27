public import Datasets
public import ImageIO

/// Reads class maps of one label space in another, such as predictions of the 19 Cityscapes classes on CamVid.
public struct LabelProjection: Sendable, Equatable {
    public let source: LabelSpaceKind
    public let destination: LabelSpaceKind
    /// By train id of the source; 255 stays 255.
    private let table: [UInt8]

    /// - Throws: `incompatibleLabelSpaces` where the destination tells apart what the source does not.
    public init(from source: LabelSpaceKind, to destination: LabelSpaceKind) throws(EvaluationError) {
        self.source = source
        self.destination = destination
        let classes = 0..<source.space.classCount
        var table = [UInt8](repeating: LabelSpace.ignoreLabel, count: 256)
        switch (source, destination) {
        case (.cityscapes19, .cityscapes19), (.camvid11, .camvid11):
            for trainID in classes { table[trainID] = UInt8(trainID) }
        case (.cityscapes19, .camvid11):
            for trainID in classes {
                table[trainID] = LabelEncoding.cityscapes19AsCamVid11.trainID(of: trainID) ?? LabelSpace.ignoreLabel
            }
        case (.camvid11, .cityscapes19):
            throw EvaluationError(
                .incompatibleLabelSpaces,
                "classes of \(source.rawValue) cannot be told apart as \(destination.rawValue); "
                    + "score them in \(source.rawValue)")
        }
        self.table = table
    }

    /// Train ids of the destination for train ids of the source.
    public func callAsFunction(_ labels: LabelMap) -> LabelMap {
        guard source != destination else { return labels }
        var result = labels
        table.withUnsafeBufferPointer { table in
            result.pixels.withUnsafeMutableBufferPointer { pixels in
                for index in pixels.indices { pixels[index] = table[Int(pixels[index])] }
            }
        }
        return result
    }
}
