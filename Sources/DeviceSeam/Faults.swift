/// What kernels find wrong with values that the host has not seen: counters in the device's memory, looked at whenever
/// the host waits for the device anyway.
package struct Faults {
    /// One counter each, in this order.
    package enum Word: Int, CaseIterable, Sendable {
        /// Pixels whose label is neither a class nor ignored.
        case badLabels
        /// Classes there were where that happened; the largest number, not a sum.
        case classesOfBadLabels
        /// Queries of an attention that see no key.
        case blindQueries
    }

    /// `[Word.allCases.count]`
    package let words: IndexArray

    package init(_ words: IndexArray) { self.words = words }
}
