package import Collectives
package import DataLoading
internal import DataParallel
internal import NN
package import TensorEngine

/// How what one student counts and adds up becomes that of the global batch. Every call is collective over the
/// students.
package struct GlobalSums {
    package let students: any ProcessGroup
    /// Pixels of the global batch.
    private let pixels: Int

    package init(over students: any ProcessGroup, pixels: Int) {
        self.students = students
        self.pixels = pixels
    }

    /// The sum of a whole number, a tensor of one element, over all students. It comes back to the host only where
    /// there are several.
    package func sum(_ value: Tensor) throws(CollectiveError) -> Tensor {
        students.size == 1 ? value.detached() : Tensor(Float(try students.sum(Double(value.item()))))
    }

    /// Sums over all students, element by element.
    package func makeGlobal(_ values: inout [Double]) throws(CollectiveError) { try students.allReduce(&values, .sum) }

    /// What share of all pixels of the global batch `count` pixels of each student are.
    package func share(ofPixels count: Int) throws(CollectiveError) -> Double {
        try Double(students.sum(count)) / Double(pixels)
    }

    /// The label values that occur in the source images of any student, ascending.
    package func classes(of samples: [Sample]) throws(CollectiveError) -> [UInt8] {
        try classes(of: ClassPresence(of: samples))
    }

    /// The label values that occur in the images of any student, ascending.
    package func classes(of presence: ClassPresence) throws(CollectiveError) -> [UInt8] {
        var presence = presence
        try students.allReduce(&presence.sampleCounts, .sum)
        return presence.classes
    }

    /// The student's share of a loss that every student has computed for the global batch. The one that is no call.
    package func part(of loss: Tensor) -> Tensor { loss / Float(students.size) }
}

extension StatisticsScope {
    /// What makes the sums of batch normalisation global; nil where they stay local.
    ///
    /// - Parameter devices: of the ranks of the group, where they add up by themselves.
    func reducer(over group: any ProcessGroup, by devices: DeviceSums? = nil) -> StatisticsReduction? {
        guard self == .global, group.size > 1 else { return nil }
        guard let devices else { return .onHost { group.mustAddUp(&$0) } }
        return .onDevices(devices.group) { count in
            var counts = [count]
            group.mustAddUp(&counts)
            return counts[0]
        }
    }
}

extension ProcessGroup {
    /// Sums within a forward or backward pass, from which there is no way back: an error ends the job, as the other
    /// ranks wait.
    fileprivate func mustAddUp(_ sums: inout [Double]) {
        do { try allReduce(&sums, .sum) } catch { end(with: error) }
    }
}
