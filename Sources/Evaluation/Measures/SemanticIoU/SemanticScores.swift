/// Scores of a semantic segmentation over a whole data set, in percent.
///
/// `IoU_c = TP / (TP + FP + FN)` from pixel counts added up over all images (Everingham et al., PASCAL VOC; the measure
/// of Cityscapes and CamVid).
public struct SemanticScores: Sendable, Equatable {
    /// By train id, 0...100. `nil` for a class that is not evaluated, or that neither truth nor prediction has.
    public let classIoU: [Double?]
    /// Mean of the scores that `classIoU` has; `nil` when it has none.
    public let meanIoU: Double?
    /// Share of labelled pixels, of any class, that are predicted right; `nil` without labelled pixels.
    public let pixelAccuracy: Double?

    /// - Parameters:
    ///   - evaluatedTrainIDs: classes that are scored; `nil` for all. Pixels of the others still count against these,
    ///     as in the 16-class scores of SYNTHIA.
    /// - Precondition: train ids are below the matrix's class count.
    public init(_ matrix: ConfusionMatrix, evaluatedTrainIDs: [Int]? = nil) {
        var classIoU = [Double?](repeating: nil, count: matrix.classCount)
        for trainID in evaluatedTrainIDs ?? Array(0..<matrix.classCount) {
            precondition(
                classIoU.indices.contains(trainID), "SemanticScores: no class \(trainID) of \(matrix.classCount)")
            classIoU[trainID] = Self.intersectionOverUnion(of: trainID, in: matrix)
        }
        self.classIoU = classIoU
        let known = classIoU.compactMap { $0 }
        meanIoU = known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
        let right = (0..<matrix.classCount).reduce(Int64(0)) { $0 + matrix[truth: $1, prediction: $1] }
        let all = matrix.counts.reduce(0, +)
        pixelAccuracy = all == 0 ? nil : 100 * Double(right) / Double(all)
    }

    private static func intersectionOverUnion(of trainID: Int, in matrix: ConfusionMatrix) -> Double? {
        let hits = matrix[truth: trainID, prediction: trainID]
        let truths = (0...matrix.classCount).reduce(Int64(0)) { $0 + matrix[truth: trainID, prediction: $1] }
        let predictions = (0..<matrix.classCount).reduce(Int64(0)) { $0 + matrix[truth: $1, prediction: trainID] }
        let union = truths + predictions - hits
        return union == 0 ? nil : 100 * Double(hits) / Double(union)
    }
}
