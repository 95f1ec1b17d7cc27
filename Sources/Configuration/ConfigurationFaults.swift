/// All that is wrong with a setting: reading goes on after a fault, so that somebody sees all of them at once.
///
/// What is at fault keeps its default meanwhile.
package final class ConfigurationFaults {
    /// More are not shown one by one.
    private static let most = 100

    private var found: [ConfigurationError] = []
    private var omittedCount = 0
    /// Keys that nothing asked for; what was meant is known when all keys were asked for.
    private var unknown: [(key: UnknownKey, path: String, origin: ConfigurationOrigin)] = []
    /// Paths of all keys that were asked for, for suggestions where a key stands in the wrong place.
    private(set) var visited: [String] = []

    package init() {}

    package var isEmpty: Bool { count == 0 }
    package var count: Int { found.count + unknown.count + omittedCount }

    package func add(_ error: ConfigurationError) {
        var (first, others) = (error, error.others)
        first.others = []
        others.insert(first, at: 0)
        for error in others where !found.contains(error) {
            if found.count < Self.most { found.append(error) } else { omittedCount += 1 }
        }
    }

    /// Runs a check; what it throws is added.
    package func collect(_ check: () throws(ConfigurationError) -> Void) {
        do throws(ConfigurationError) { try check() } catch { add(error) }
    }

    /// Adds where faults of combinations were written, which only the tree knows; those that may come from a fault of a
    /// single key say so.
    ///
    /// - Parameter combinations: found after the keys were read.
    package func add(combinations: ConfigurationFaults, in tree: ConfigurationNode) {
        nameUnknown()
        let keys = found.map(\.keyPath)
        for var error in combinations.found where !keys.contains(where: { Self.concern($0, error.keyPath) }) {
            error.origin = error.origin ?? tree.origin(of: error.keyPath)
            if !keys.isEmpty, error.code == .impossibleCombination {
                error.message += " (as far as can be told before the other faults are mended)"
            }
            add(error)
        }
        omittedCount += combinations.omittedCount
    }

    /// Whether one of two keys lies in the other.
    private static func concern(_ first: String, _ second: String) -> Bool {
        first == second || first.hasPrefix(second + ".") || second.hasPrefix(first + ".")
    }

    func visit(_ path: String) { visited.append(path) }

    /// Adds a key that nothing asked for.
    ///
    /// - Parameter path: of the key.
    func add(unknown key: UnknownKey, at path: String, _ origin: ConfigurationOrigin) {
        if unknown.count < Self.most { unknown.append((key, path, origin)) } else { omittedCount += 1 }
    }

    /// Says what was probably meant by unknown keys.
    private func nameUnknown() {
        let strangers = unknown
        unknown = []
        for (key, path, origin) in strangers {
            add(ConfigurationError(.unknownKey, keyPath: path, origin: origin, key.message(visited: visited)))
        }
    }

    /// - Throws: the first with all others, in the order of their lines.
    package func throwIfAny() throws(ConfigurationError) {
        nameUnknown()
        let sorted = inOrder()
        guard var first = sorted.first else { return }
        first.others = Array(sorted.dropFirst())
        if omittedCount > 0 {
            first.others.append(ConfigurationError(first.code, "… and \(omittedCount) more"))
        }
        throw first
    }

    /// File after file in the order in which they were met, and by lines in each.
    private func inOrder() -> [ConfigurationError] {
        var files: [String: Int] = [:]
        let places = found.enumerated().map { index, error -> (file: Int, line: Int, index: Int) in
            guard case .file(let file, let line)? = error.origin else { return (Int.max, 0, index) }
            let place = files[file] ?? files.count
            files[file] = place
            return (place, line, index)
        }
        return places.sorted { $0 < $1 }.map { found[$0.index] }
    }
}
