/// What the categories of a JSON mean in a label space.
struct CategoryClasses: Sendable {
    /// How categories are found in the label space of the files.
    enum Matching {
        /// Classes of the same name; by number where the JSON has no names.
        case names
        /// Classes with this number among their `ids`.
        case numbers
    }

    /// What train ids mean.
    let labelSpace: LabelSpace
    /// Train id by category, 255 where ignored.
    private let trainIDs: [Int: UInt8]

    /// - Parameters:
    ///   - counts: how much there is of each category, by its id: one without anything needs no class.
    ///   - file: of the categories, for errors.
    ///   - what: is counted, for errors.
    /// - Throws: `unknownLabel` for a category that has no class.
    init(
        _ categories: [PanopticFile.Category], counts: [Int: Int], _ matching: Matching, _ files: LabelFiles,
        file: String,
        what: String
    ) throws(DatasetError) {
        labelSpace = files.labelSpace
        var trainIDs: [Int: UInt8] = [:]
        for category in categories {
            if let trainID = files.trainID(of: category, matching) {
                trainIDs[category.id] = trainID
            } else if let count = counts[category.id] {
                let title = category.name.isEmpty ? "\(category.id)" : "\(category.id), '\(category.name)',"
                let wanted =
                    matching == .names && !category.name.isEmpty ? "a class of this name" : "a class with this id"
                throw DatasetError(
                    .unknownLabel,
                    "\(file): the category \(title) of \(count) \(what) is no class of \(files.fileSpace.title); add \(wanted) "
                        + "to it, or set unknown: ignore there, or name the label space of these files with the data set's "
                        + "key labelSpace")
            }
        }
        self.trainIDs = trainIDs
    }

    /// nil for a category without a class, 255 for an ignored one.
    func trainID(of category: Int) -> UInt8? { trainIDs[category] }

    /// The train id of a countable category; nil for others.
    func thing(of category: Int) -> UInt8? { trainIDs[category].flatMap { labelSpace.isThing($0) ? $0 : nil } }

    /// A hash of what they mean, and of more.
    func fingerprint(with more: [String]) -> String {
        let entries = trainIDs.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
        return Datasets.fingerprint(of: (labelSpace.classNames + entries + more).joined(separator: "/").utf8)
    }
}

extension LabelFiles {
    /// The train id of a category, 255 where it is ignored; nil where it has no class.
    fileprivate func trainID(of category: PanopticFile.Category, _ matching: CategoryClasses.Matching) -> UInt8? {
        guard matching == .names, !category.name.isEmpty else { return labelIDs.trainID(of: category.id) }
        guard let place = fileSpace.trainID(of: category.name) else {
            return fileSpace.unknownValues == .ignore ? LabelSpace.ignoreLabel : nil
        }
        return delivered(trainID: UInt8(place))
    }
}
