internal import ImageIO

/// Tells grey files of 16 bits that number classes from those that number objects, by what occurs in some of them.
///
/// Instance maps have `class * 1000 + number` and bare classes: the numbers of a class begin with 0 or 1 and have few
/// gaps, bare classes are small, and images show other numbers of objects. Ids of classes have none of that.
struct WideNumbers {
    private var files: [Set<Int>] = []

    /// Files that are looked at, evenly spread.
    static let mostFiles = 8
    /// Bare class ids of instance maps are below.
    private static let largestClass = 256
    /// More values than classes of one image have.
    private static let manyValues = 64

    init(_ paths: [String]) {
        let count = min(paths.count, Self.mostFiles)
        for place in 0..<count {
            let path = paths[place * paths.count / count]
            guard let map = try? ImageCodec.readSamples16(path), map.channels == 1 else { continue }
            files.append(map.distinctValues)
        }
    }

    /// - Parameter name: folders and suffix of the files.
    func areInstances(name: String) -> Bool {
        let words = name.lowercased()
        guard !words.contains("instance") else { return true }
        let all = files.reduce(into: Set<Int>()) { $0.formUnion($1) }
        guard all.contains(where: { $0 >= 1000 }) else { return countsObjects(all) }
        guard all.allSatisfy({ $0 >= 1000 || $0 < Self.largestClass }) else { return false }
        let numbers = Dictionary(grouping: all.filter { $0 >= 1000 }) { $0 / 1000 }.mapValues { $0.map { $0 % 1000 } }
        let isDense = numbers.values.allSatisfy { found in
            (found.min() ?? 0) <= 1 && (found.max() ?? 0) < 2 * found.count + 8
        }
        guard isDense else { return false }
        // Classes 1000, 2000, … would be one object of each class in every image.
        return numbers.values.contains { $0.count > 1 }
            || files.contains { file in
                all.contains { $0 >= 1000 && !file.contains($0) }
            }
    }

    /// Numbers from 0 or 1 on, more than there are classes.
    private func countsObjects(_ all: Set<Int>) -> Bool {
        files.contains { $0.count > Self.manyValues && ($0.max() ?? 0) < 2 * $0.count }
            && (all.min() ?? 0) <= 1
    }
}
