package import Collectives
package import Datasets
package import Evaluation

extension SemanticEvaluator {
    /// Scores of a data set whose images all ranks share. Collective.
    ///
    /// - Parameter measures: nothing measured yet, the same on every rank.
    /// - Returns: the same on every rank, however many there are.
    package func scores(
        of dataset: any SegmentationDataset, by measures: [any Measure], world: any ProcessGroup
    ) throws -> ScoreSheet {
        var counted = measures
        try measure(dataset, share: ImageShare(rank: world.rank, count: world.size), by: &counted)
        if world.size > 1 {
            // Into measures that saw nothing, in order of rank: every rank then does the same sums.
            counted = try zip(measures, counted).map { empty, own in
                var merged = empty
                for tally in try world.allGather(try own.packedTally()) { try merged.merge(packed: tally) }
                return merged
            }
        }
        return ScoreSheet(classNames: dataset.labelSpace.classNames, counted.map(\.scores))
    }
}
