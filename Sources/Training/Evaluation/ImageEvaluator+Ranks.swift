package import Basics
package import Collectives
package import Datasets
package import Evaluation

extension ImageEvaluator {
    /// Scores of a data set whose images all ranks share. Collective.
    ///
    /// - Parameters:
    ///   - measures: nothing measured yet, the same on every rank.
    ///   - progress: of all images; on one rank.
    /// - Returns: the same on every rank, however many there are.
    package func scores(
        of dataset: any SegmentationDataset, by measures: [any Measure], world: any ProcessGroup,
        progress: CountProgress? = nil
    ) throws -> ScoreSheet {
        var counted = measures
        let share = ImageShare(rank: world.rank, count: world.size)
        try measure(dataset, share: share, by: &counted) { _, image in
            progress?.show(share.done(after: image.index, of: dataset.count))
        }
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
