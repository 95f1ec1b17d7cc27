/// A key that nothing asked for, and what was probably meant.
struct UnknownKey {
    let key: String
    /// Path of the map that it stands in; empty for the whole setting.
    let map: String
    /// Keys that the map has.
    let known: [String]

    /// - Parameter visited: paths of all keys that the setting has.
    func message(visited: [String]) -> String {
        guard !known.isEmpty else { return "unknown key; nothing can be set here" }
        let plain = NearestName.plain(key)
        if let same = known.first(where: { NearestName.plain($0) == plain }) { return meant([path(same)]) }
        if let remedy = ForeignKeys.remedy(key) { return "unknown key; \(remedy)" }
        let elsewhere = places(of: plain, among: visited)
        if let first = elsewhere.first, elsewhere.count <= 3, map.isEmpty || first.hasPrefix(map + ".") {
            return meant(elsewhere)
        }
        if let nearest = NearestName.find(key, among: known) { return meant([path(nearest)]) }
        let there = elsewhere.isEmpty || elsewhere.count > 3 ? "" : "; there is \(Self.quoted(elsewhere, "and"))"
        return "unknown key; valid keys here: \(known.joined(separator: ", "))" + there
    }

    private func path(_ key: String) -> String { map.isEmpty ? key : "\(map).\(key)" }

    private func meant(_ paths: [String]) -> String { "unknown key; did you mean \(Self.quoted(paths, "or"))?" }

    private static func quoted(_ paths: [String], _ word: String) -> String {
        let quoted = paths.map { "'\($0)'" }
        return quoted.count < 2
            ? quoted.joined() : quoted.dropLast().joined(separator: ", ") + " \(word) \(quoted[quoted.count - 1])"
    }

    /// The keys of this name in other maps, those that lie below this one's first.
    private func places(of plain: String, among visited: [String]) -> [String] {
        var places: [String] = []
        for path in visited where !places.contains(path) {
            guard let name = path.split(separator: ".").last, NearestName.plain(String(name)) == plain else { continue }
            places.append(path)
        }
        let below = places.filter { $0.hasPrefix(map + ".") }
        return below.isEmpty || map.isEmpty ? places : below
    }
}
