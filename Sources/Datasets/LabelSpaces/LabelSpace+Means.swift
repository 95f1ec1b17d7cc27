extension LabelSpace {
    /// The further means that are reported where some of the classes are scored.
    ///
    /// Those of this space, and where the scored classes are all of another space of the library, the means of that:
    /// with the 16 classes of SYNTHIA out of the 19 of Cityscapes also that over 13.
    ///
    /// - Parameter evaluated: train ids of the classes that are scored; nil for all.
    public func furtherMeans(
        of evaluated: [Int]?, library: LabelSpaceLibrary = .standard
    ) -> [FurtherMean] {
        guard let evaluated else { return means }
        let names = Set(evaluated.map { classes[$0].name })
        guard names.count < classCount else { return means }
        let others = library.names.compactMap { library.find($0, beside: self) }
        guard let other = others.first(where: { Set($0.classNames) == names }) else { return [] }
        return other.means.map { mean in
            FurtherMean(name: mean.name, trainIDs: mean.trainIDs.compactMap { trainID(of: other.classes[$0].name) })
        }
    }
}
