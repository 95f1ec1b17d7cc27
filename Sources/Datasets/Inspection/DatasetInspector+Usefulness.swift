/// Files that are formally good, and useless.
extension DatasetInspector {
    /// Labels in which every pixel is ignored: each is named, or all of them at once.
    func emptyLabels(_ statistics: ClassStatistics?) -> [DatasetInspection.Finding] {
        guard let statistics, !statistics.images.isEmpty else { return [] }
        let empty = statistics.emptyFiles
        guard empty.count < statistics.images.count else {
            return [
                .init(
                    .damage,
                    "\(empty[0]): like all \(empty.count) labels of \(dataset.name) it has no labelled pixel: there is "
                        + "nothing to learn or to score; \(Self.remedy)")
            ]
        }
        return empty.map {
            .init(.damage, "\($0): has no labelled pixel, all are ignored; \(Self.remedy), or remove it with its image")
        }
    }

    /// What to do about labels that say nothing.
    static var remedy: String { "check that the labels are of this kind of data set, and of a split that has labels" }

    /// Classes that no label has.
    func classNotes(_ statistics: ClassStatistics?) -> [DatasetInspection.Finding] {
        guard let note = statistics?.classNotice(of: dataset.name) else { return [] }
        return [.init(.note, note)]
    }

    /// Images of one colour.
    ///
    /// - Parameter indices: of these images.
    func plainImages(_ indices: [Int], of count: Int) -> [DatasetInspection.Finding] {
        guard let first = indices.first else { return [] }
        let share = indices.count == count ? "all \(count)" : "\(indices.count) of \(count)"
        return [
            .init(
                .note,
                "\(dataset.samples[first].imagePath): shows one colour only, as \(share) images of \(dataset.name) do; "
                    + "look at them, or restore them")
        ]
    }

    /// Files that lie among the images.
    func passedOverNotes() -> [DatasetInspection.Finding] {
        dataset.passedOver.notice(of: dataset.name).map { [.init(.note, $0)] } ?? []
    }
}

extension ClassStatistics {
    /// One sentence about classes that do not occur; nil where all do, or where none does.
    ///
    /// - Parameter name: of the data set.
    public func classNotice(of name: String) -> String? {
        let absent = absentClasses
        guard !absent.isEmpty, absent.count < labelSpace.classCount else { return nil }
        let names = absent.map { labelSpace.classNames[$0] }.joined(separator: ", ")
        guard absent.count < labelSpace.classCount - 1 else {
            let only = labelSpace.classNames.indices.filter { !absent.contains($0) }.map { labelSpace.classNames[$0] }
            return
                "\(name): every labelled pixel is \(only[0]); no other class can be learnt from these labels or scored"
        }
        return
            "\(name): no label has a pixel of \(names); nothing is learnt about \(absent.count == 1 ? "it" : "them") "
            + "from these labels"
    }
}

extension SegmentationDataset {
    /// Whether both show the same images, told by their number and by the first and the last.
    public func showsTheImages(of other: any SegmentationDataset) -> Bool {
        guard count > 0, count == other.count else { return false }
        return [0, count - 1].allSatisfy {
            FileListing.absolute(samples[$0].imagePath) == FileListing.absolute(other.samples[$0].imagePath)
        }
    }
}
