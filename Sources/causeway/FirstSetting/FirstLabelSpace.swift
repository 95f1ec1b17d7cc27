internal import Datasets

/// The text of a label space for ids and colours that occur in label files.
struct FirstLabelSpace {
    let name: String
    let contents: [LabelContents]

    /// Whether all files are of one kind, ids or colours, and of few enough.
    static func canHold(_ contents: [LabelContents]) -> Bool {
        let hasIDs = contents.contains { !$0.ids.isEmpty }
        let hasColors = contents.contains { !$0.colors.isEmpty }
        let count =
            Set(contents.flatMap(\.ids.keys)).count + Set(contents.flatMap { $0.colors.keys.map(Self.key) }).count
        return hasIDs != hasColors && count <= LabelSpace.largestClassCount + 1
    }

    private static func key(_ color: SIMD3<UInt8>) -> Int { Int(color.x) << 16 | Int(color.y) << 8 | Int(color.z) }

    var text: String {
        let files = contents.reduce(0) { $0 + $1.fileCount }
        return """
            # Classes, written by `causeway new` from \(files) label files. The names are made up: rename
            # \(classNames.first ?? "class-0") and the like to what they are. Ids or colours that did not occur in these
            # files are unknown, and an error where they do: add them to a class or to what is ignored, or set `unknown:
            # ignore`. docs/configuration.md explains all keys.

            name: \(name)

            classes:                      # the place in the list is what networks predict; `thing: true` marks countable ones
            \(classes)
            \(ignored)
            # How classes of other data sets become these, for instance to train or score on Cityscapes or GTA:
            # from:
            #   cityscapes19: {\(exampleMap)}

            """
    }

    /// Two classes of this space by what they could be in another.
    private var exampleMap: String {
        zip(classNames, ["[road, sidewalk]", "[car, truck, bus]"]).map { "\($0): \($1)" }.joined(separator: ", ")
    }

    private var classNames: [String] {
        (holdsIDs ? classIDs : Array(classColors.indices)).map { "class-\($0)" }
    }

    private var holdsIDs: Bool { contents.contains { !$0.ids.isEmpty } }
    /// Of two numbers or colours both are classes: a mask of 0 and 255, or of black and white, has nothing unlabelled.
    private var classIDs: [Int] { ids.filter { $0 != Int(LabelSpace.ignoreLabel) || ids.count <= 2 } }
    private var classColors: [SIMD3<UInt8>] { colors.filter { $0 != .zero || colors.count <= 2 } }
    private var isMask: Bool { holdsIDs ? ids.count == 2 && classIDs.contains(Int(LabelSpace.ignoreLabel)) : false }
    /// Ids whose objects are numbered in maps of instances.
    private var things: Set<Int> { contents.reduce(into: []) { $0.formUnion($1.thingIDs) } }

    private var classes: String {
        let files = contents.reduce(0) { $0 + $1.fileCount }
        if holdsIDs {
            return classIDs.map { id in
                let color = palette[id].map { ", color: [\($0.x), \($0.y), \($0.z)]" } ?? ""
                let note = id == 0 ? "; if it means unlabelled, move 0 to ignore" : ""
                let thing = things.contains(id) ? ", thing: true" : ""
                return
                    "  - {name: class-\(id), ids: \(id)\(color)\(thing)}   # in \(count(id)) of \(files) files\(note)"
            }.joined(separator: "\n") + "\n"
        }
        return classColors.enumerated().map { index, color in
            let files = contents.reduce(0) { $0 + ($1.colors[color] ?? 0) }
            return
                "  - {name: class-\(index), ids: \(index), color: [\(color.x), \(color.y), \(color.z)]}   # in \(files) files"
        }.joined(separator: "\n") + "\n"
    }

    private var ignored: String {
        guard holdsIDs else {
            return colors.contains(.zero) && !classColors.contains(.zero)
                ? "ignoreColors: [[0, 0, 0]]     # a guess: black mostly means unlabelled\n"
                : "ignoreColors: []              # colours that mean unlabelled, moved here from the classes\n"
        }
        return isMask
            ? "ignore: []                    # a guess: of two numbers both are classes; if 255 means unlabelled, move it\n"
            : "ignore: [255]                 # a guess: 255 mostly means unlabelled\n"
    }

    private var ids: [Int] { Set(contents.flatMap(\.ids.keys)).sorted() }
    private var colors: [SIMD3<UInt8>] {
        let all = contents.flatMap { $0.colors.keys }
        return Array(
            Dictionary(all.map { (Self.key($0), $0) }, uniquingKeysWith: { first, _ in first }).sorted {
                $0.key < $1.key
            }.map(\.value))
    }

    private func count(_ id: Int) -> Int { contents.reduce(0) { $0 + ($1.ids[id] ?? 0) } }

    /// Colours of palettes, as far as they tell classes apart.
    private var palette: [Int: SIMD3<UInt8>] {
        let all = contents.reduce(into: [Int: SIMD3<UInt8>]()) { $0.merge($1.palette) { first, _ in first } }
        let used = all.filter { $0.key != Int(LabelSpace.ignoreLabel) }
        return Set(used.values.map(Self.key)).count == used.count
            && used.count == ids.filter { $0 != Int(LabelSpace.ignoreLabel) }.count ? used : [:]
    }
}
