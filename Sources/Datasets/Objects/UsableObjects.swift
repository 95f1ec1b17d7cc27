public import Annotations
internal import Dispatch
internal import Synchronization

/// Files of objects that are formally good, and of no use: those that hold groups alone, or nothing.
extension SegmentationDataset {
    /// Looks for an object that is of use, mostly in few images: the first that has one ends the search. A set without
    /// any is looked through as a whole, on all cores.
    ///
    /// Files that cannot be read are passed over: whoever needs them will say so.
    ///
    /// - Parameters:
    ///   - isUsed: which objects count.
    ///   - remedy: what to do; ends the error's message.
    /// - Throws: `noObject` when none of the images that could be read has one.
    public func requireObjects(
        where isUsed: @escaping @Sendable (AnnotatedObject) -> Bool, remedy: String
    ) throws(DatasetError) {
        let search = Mutex((isFound: false, first: Int?.none, others: 0, crowds: 0))
        // Neighbours are alike: chunks of images far from each other.
        let order = (0..<Self.objectProbes).flatMap { stride(from: $0, to: count, by: Self.objectProbes) }
        DispatchQueue.concurrentPerform(iterations: order.count) { place in
            guard !search.withLock({ $0.isFound }) else { return }
            let index = order[place]
            guard let objects = try? loadAnnotation(index).objects else { return }
            let (isFound, crowds) = (objects.contains(where: isUsed), objects.count(where: \.isCrowd))
            search.withLock { search in
                search.isFound = search.isFound || isFound
                search.first = min(search.first ?? index, index)
                search.crowds += crowds
                search.others += objects.count - crowds
            }
        }
        let found = search.withLock { $0 }
        guard !found.isFound, let first = found.first else { return }
        let rest = [(found.others, "that nothing is learnt from"), (found.crowds, "that are groups not told apart")]
            .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        let file = samples[first].instancePath ?? samples[first].labelPath ?? samples[first].imagePath
        throw DatasetError(
            .noObject,
            "\(file): like those of all \(count) images of \(name) it has no object that can be used"
                + (rest.isEmpty ? "" : ", only " + rest.joined(separator: " and ")) + "; \(remedy)")
    }

    private static var objectProbes: Int { 64 }
}
