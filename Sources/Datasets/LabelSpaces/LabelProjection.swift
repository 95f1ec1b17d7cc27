public import ImageIO

/// Reads train ids of one label space as those of another, such as predictions of the 19 Cityscapes classes on CamVid.
public struct LabelProjection: Sendable, Equatable {
    public let source: LabelSpace
    public let destination: LabelSpace
    /// By train id of the source; 255 stays 255.
    let table: [UInt8]

    /// Follows the maps of the two spaces, or the shortest way over spaces that lie beside them or in the library.
    ///
    /// - Throws: `incompatibleLabelSpaces` where no map leads from one to the other, or a map names a class that is not
    ///   there.
    public init(
        from source: LabelSpace, to destination: LabelSpace, library: LabelSpaceLibrary = .standard
    ) throws(DatasetError) {
        self.source = source
        self.destination = destination
        guard !source.hasClasses(of: destination) else {
            table = Self.table(source.classes.indices.map { $0 })
            return
        }
        guard source.name != destination.name else {
            throw DatasetError(
                .incompatibleLabelSpaces,
                "two label spaces with other classes are called \(source.name)\(Self.files(source, destination)); "
                    + "rename one")
        }
        var steps = try Self.step(source, destination)
        if steps == nil { steps = try Self.way(source, destination, library) }
        guard let steps else {
            throw DatasetError(
                .incompatibleLabelSpaces,
                "classes of \(source.name) cannot be read as \(destination.name): no map leads from one to the other; "
                    + "add `from: {\(source.name): {…}}` to "
                    + "\(destination.file ?? "the label space \(destination.name)")"
            )
        }
        table = Self.table(steps.map { $0 ?? Int(LabelSpace.ignoreLabel) })
    }

    private static func files(_ first: LabelSpace, _ second: LabelSpace) -> String {
        let files = [first.file, second.file].compactMap { $0 }
        return files.isEmpty ? "" : " (\(files.joined(separator: " and ")))"
    }

    private static func table(_ entries: [Int]) -> [UInt8] {
        var table = [UInt8](repeating: LabelSpace.ignoreLabel, count: 256)
        for (trainID, entry) in entries.enumerated() { table[trainID] = UInt8(entry) }
        return table
    }

    /// Classes of the source that become no class of the destination.
    public var ignoredClasses: [String] {
        source.classes.indices.filter { table[$0] == LabelSpace.ignoreLabel }.map { source.classes[$0].name }
    }

    /// A hash that differs wherever a class becomes another one.
    package var meaning: String { fingerprint(of: table) }

    /// Whether train ids stay as they are.
    public var isIdentity: Bool { source.hasClasses(of: destination) }

    /// The train id of the destination for one of the source; 255 where it becomes none.
    public func trainID(of trainID: UInt8) -> UInt8 { isIdentity ? trainID : table[Int(trainID)] }

    /// Train ids of the destination for train ids of the source.
    public func callAsFunction(_ labels: LabelMap) -> LabelMap {
        isIdentity ? labels : labels.mapped(by: table)
    }
}

// MARK: - Maps

extension LabelProjection {
    /// Train ids of the destination by those of the source; nil where neither has a map of the other. The destination's
    /// own word counts more.
    private static func step(
        _ source: LabelSpace, _ destination: LabelSpace
    ) throws(DatasetError) -> [Int?]? {
        if source.hasClasses(of: destination) { return source.classes.indices.map { $0 } }
        if let map = destination.sources.first(where: { $0.space == source.name }) {
            return try taking(map, source, destination)
        }
        if let map = source.destinations.first(where: { $0.space == destination.name }) {
            return try giving(map, source, destination)
        }
        return nil
    }

    private static func taking(
        _ map: LabelSpace.Map, _ source: LabelSpace, _ destination: LabelSpace
    ) throws(DatasetError) -> [Int?] {
        guard case .listed(let pairs) = map.pairs else { return sameNames(source, destination) }
        var steps = [Int?](repeating: nil, count: source.classCount)
        for pair in pairs {
            for name in pair.others { steps[try trainID(name, source, destination)] = pair.trainID }
        }
        return steps
    }

    private static func giving(
        _ map: LabelSpace.Map, _ source: LabelSpace, _ destination: LabelSpace
    ) throws(DatasetError) -> [Int?] {
        guard case .listed(let pairs) = map.pairs else { return sameNames(source, destination) }
        var steps = [Int?](repeating: nil, count: source.classCount)
        for pair in pairs {
            for name in pair.others { steps[pair.trainID] = try trainID(name, destination, source) }
        }
        return steps
    }

    private static func sameNames(_ source: LabelSpace, _ destination: LabelSpace) -> [Int?] {
        source.classNames.map { destination.trainID(of: $0) }
    }

    private static func trainID(
        _ name: String, _ space: LabelSpace, _ mapped: LabelSpace
    ) throws(DatasetError) -> Int {
        if let trainID = space.trainID(of: name) { return trainID }
        throw DatasetError(
            .incompatibleLabelSpaces,
            "\(mapped.title): its map of \(space.name) is wrong: "
                + LabelSpaceReader.unknownClass(name, of: space.title, among: space.classNames))
    }

    /// The shortest way over further spaces, of equally short ones the first by name.
    private static func way(
        _ source: LabelSpace, _ destination: LabelSpace, _ library: LabelSpaceLibrary
    ) throws(DatasetError) -> [Int?]? {
        var spaces = candidates(source, destination, library)
        var reached: [(space: LabelSpace, steps: [Int?])] = [(source, source.classes.indices.map { $0 })]
        while !reached.isEmpty {
            var next: [(space: LabelSpace, steps: [Int?])] = []
            for place in reached {
                if let last = try step(place.space, destination) { return follow(place.steps, last) }
                for (index, space) in spaces.enumerated().reversed() {
                    guard let step = try step(place.space, space) else { continue }
                    next.append((space, follow(place.steps, step)))
                    spaces.remove(at: index)
                }
            }
            reached = next.sorted { $0.space.name < $1.space.name }
        }
        return nil
    }

    private static func follow(_ first: [Int?], _ second: [Int?]) -> [Int?] { first.map { $0.flatMap { second[$0] } } }

    /// Spaces that a way could lead over.
    private static func candidates(
        _ source: LabelSpace, _ destination: LabelSpace, _ library: LabelSpaceLibrary
    ) -> [LabelSpace] {
        var found: [String: LabelSpace] = [:]
        var open = [source, destination]
        while let space = open.popLast() {
            for name in (space.sources + space.destinations).map(\.space)
            where found[name] == nil && name != source.name && name != destination.name {
                guard let other = library.find(name, beside: space) else { continue }
                found[name] = other
                open.append(other)
            }
        }
        for name in library.names where found[name] == nil && name != source.name && name != destination.name {
            found[name] = library.find(name, beside: source)
        }
        return found.values.sorted { $0.name < $1.name }
    }
}
