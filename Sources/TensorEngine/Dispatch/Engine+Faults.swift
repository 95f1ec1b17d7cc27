package import DeviceSeam

extension Engine {
    /// The words in which the backend's kernels report what they find wrong.
    ///
    /// `nonisolated(unsafe)`: kernels change the words, and only where something is wrong.
    nonisolated(unsafe) package static let faults: Faults = {
        let zeros = [Int32](repeating: 0, count: Faults.Word.allCases.count)
        return Faults(IndexTensor(zeros, shape: [zeros.count]).array)
    }()

    /// Brings bytes to the host, and ends the program where a kernel has found a fault: results that depend on one are
    /// never used. Every way from a tensor to the host is this one, and it waits once.
    static func download(_ copies: [HostCopy]) {
        var counts = [Int32](repeating: 0, count: Faults.Word.allCases.count)
        counts.withUnsafeMutableBytes { words in
            let all = copies + [HostCopy(faults.words.memory, from: 0, to: words)]
            run(.call("download", otherBytes: 2 * copies.reduce(0) { $0 + $1.bytes.count })) { $0.download(all) }
        }
        check(counts)
    }

    private static func check(_ counts: [Int32]) {
        guard counts.contains(where: { $0 != 0 }) else { return }
        let badLabels = counts[Faults.Word.badLabels.rawValue]
        if badLabels > 0 {
            let classes = counts[Faults.Word.classesOfBadLabels.rawValue]
            fatalError("crossEntropy: \(badLabels) labels are neither one of \(classes) classes nor ignored")
        }
        fatalError("attention: \(counts[Faults.Word.blindQueries.rawValue]) queries see no key")
    }
}
