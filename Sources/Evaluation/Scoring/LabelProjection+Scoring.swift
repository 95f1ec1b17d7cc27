public import Datasets

extension LabelProjection {
    /// Predictions of one space as classes of the labels.
    ///
    /// - Throws: `incompatibleLabelSpaces` where the labels tell apart what the predictions do not.
    public static func scoring(
        _ predictions: LabelSpace, as labels: LabelSpace
    ) throws(EvaluationError) -> LabelProjection {
        do {
            return try LabelProjection(from: predictions, to: labels)
        } catch {
            throw EvaluationError(.incompatibleLabelSpaces, error.message)
        }
    }
}
