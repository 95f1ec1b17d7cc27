package import DeviceSeam

extension Engine {
    /// The words in which the backend's kernels report what they find wrong.
    ///
    /// `nonisolated(unsafe)`: kernels change the words, and only where something is wrong.
    nonisolated(unsafe) package static let faults: Faults = {
        let zeros = [Int32](repeating: 0, count: Faults.Word.allCases.count)
        return Faults(IndexTensor(zeros, shape: [zeros.count]).array)
    }()

    /// Ends the program where a kernel has found a fault. Every way from a tensor to the host ends here, so that
    /// results which depend on one are never used.
    static func checkFaults() {
        var counts = [Int32](repeating: 0, count: Faults.Word.allCases.count)
        counts.withUnsafeMutableBytes { backend.download(faults.words.memory, from: 0, to: $0) }
        guard counts.contains(where: { $0 != 0 }) else { return }
        let badLabels = counts[Faults.Word.badLabels.rawValue]
        if badLabels > 0 {
            let classes = counts[Faults.Word.classesOfBadLabels.rawValue]
            fatalError("crossEntropy: \(badLabels) labels are neither one of \(classes) classes nor ignored")
        }
        fatalError("attention: \(counts[Faults.Word.blindQueries.rawValue]) queries see no key")
    }
}
