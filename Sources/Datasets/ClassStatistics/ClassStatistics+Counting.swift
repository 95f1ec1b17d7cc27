internal import Dispatch
internal import ImageIO
internal import Synchronization

extension ClassStatistics {
    /// Counts every label of a data set; reads all its label files, on all cores.
    ///
    /// - Parameter skipsUnreadable: files that cannot be read count as empty, so that no class is drawn from them.
    /// - Throws: what `loadLabels` throws; `missingLabel` for a set opened without labels.
    public init(counting dataset: any SegmentationDataset, skipsUnreadable: Bool = false) throws(DatasetError) {
        let (counts, unreadable) = try Self.counts(
            .pixels, of: Array(dataset.samples.indices), in: dataset, skipsUnreadable: skipsUnreadable)
        let images = zip(dataset.samples, counts).map { Image(file: $0.labelPath ?? $0.name, pixelCounts: $1 ?? [:]) }
        self.init(labelSpace: dataset.labelSpace, images: images, unreadableFiles: unreadable)
    }

    /// The counts of some images, in their order; nil for a file that cannot be read, which is listed as well.
    ///
    /// - Parameter progress: how many are done; called from several threads, one at a time.
    static func counts(
        _ subject: CountedSubject, of indices: [Int], in dataset: any SegmentationDataset, skipsUnreadable: Bool,
        progress: @Sendable (_ done: Int) -> Void = { _ in }
    ) throws(DatasetError) -> (counts: [[Int: Int]?], unreadable: [String]) {
        let results = Mutex<(counts: [Result<[Int: Int], DatasetError>?], done: Int)>(
            (Array(repeating: nil, count: indices.count), 0))
        let isGivenUp = Atomic(false)
        DispatchQueue.concurrentPerform(iterations: indices.count) { position in
            guard !isGivenUp.load(ordering: .relaxed) else { return }
            let result: Result<[Int: Int], DatasetError>
            do throws(DatasetError) {
                result = .success(try subject.counts(of: indices[position], in: dataset))
            } catch {
                result = .failure(error)
                if !skipsUnreadable { isGivenUp.store(true, ordering: .relaxed) }
            }
            results.withLock { results in
                results.counts[position] = result
                results.done += 1
                progress(results.done)
            }
        }
        var counts: [[Int: Int]?] = []
        var unreadable: [String] = []
        for (index, result) in zip(indices, results.withLock { $0.counts }) {
            let path = subject.path(of: dataset.samples[index])
            switch result {
            case .success(let count): counts.append(count)
            case .failure(let error):
                guard skipsUnreadable, let path else { throw error }
                unreadable.append(path)
                counts.append(nil)
            // Not read, because another one failed: the loop comes to that.
            case nil: counts.append(nil)
            }
        }
        return (counts, unreadable)
    }

    /// Pixels of each train id in one image; classes without a pixel and ignored pixels are left out.
    static func histogram(of labels: LabelMap) -> [Int: Int] {
        var counts = labels.valueCounts
        counts[Int(LabelSpace.ignoreLabel)] = 0
        return Dictionary(uniqueKeysWithValues: counts.enumerated().filter { $1 > 0 }.map { ($0, $1) })
    }
}
