/// Which classes are rare in a source.
public enum RareClasses {
    /// The class with the fewest objects in each group, of those that occur; of equally rare ones the first (UDA4Inst,
    /// section 3.4).
    ///
    /// - Parameters:
    ///   - counts: objects of the source by train id.
    ///   - groups: train ids of each group.
    /// - Returns: none for a group without any object.
    public static func rarest(counts: [Int], groups: [[UInt8]]) -> [UInt8] {
        groups.compactMap { group in
            group.filter { counts[Int($0)] > 0 }.min { (counts[Int($0)], $0) < (counts[Int($1)], $1) }
        }
    }
}
