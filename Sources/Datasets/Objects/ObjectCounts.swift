internal import Annotations
internal import Dispatch
internal import Synchronization

extension SegmentationDataset {
    /// How many single objects of each class its images have, by train id; reads all files of objects, on all cores.
    ///
    /// - Parameter skipsUnreadable: files that cannot be read count as empty.
    /// - Throws: what `loadObjects` throws, for the first of the images.
    public func objectCounts(skipsUnreadable: Bool = false) throws(DatasetError) -> [Int] {
        let classCount = labelSpace.classCount
        let results = Mutex<[Result<[Int], DatasetError>?]>(Array(repeating: nil, count: count))
        let isGivenUp = Atomic(false)
        DispatchQueue.concurrentPerform(iterations: count) { index in
            guard !isGivenUp.load(ordering: .relaxed) else { return }
            let result: Result<[Int], DatasetError>
            do throws(DatasetError) {
                var counts = [Int](repeating: 0, count: classCount)
                for object in try loadObjects(index)?.objects ?? [] where !object.isCrowd {
                    counts[Int(object.trainID)] += 1
                }
                result = .success(counts)
            } catch {
                result = .failure(error)
                if !skipsUnreadable { isGivenUp.store(true, ordering: .relaxed) }
            }
            results.withLock { $0[index] = result }
        }
        var total = [Int](repeating: 0, count: classCount)
        for result in results.withLock({ $0 }) {
            switch result {
            case .success(let counts): for (trainID, number) in counts.enumerated() { total[trainID] += number }
            case .failure(let error): if !skipsUnreadable { throw error }
            // Not read, because another one failed: the loop comes to that.
            case nil: continue
            }
        }
        return total
    }
}
