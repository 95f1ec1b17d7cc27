package import Configuration

extension BidirectionalMix.Config: MixingSetting {
    package var needsObjects: Bool { true }
    package var needsTargetObjects: Bool { directions != .sourceToTarget }
    package var countsObjects: Bool { pool != nil && directions != .targetToSource }

    /// Without a teacher's objects, and without a memory.
    package var withoutTeacher: Self {
        var config = self
        config.mixesWithoutTargetObjects = true
        config.pool = nil
        return config
    }

    package func makeStrategy(
        _ facts: MixingFacts, keyPath: String
    ) throws(ConfigurationError) -> any MixingStrategy {
        BidirectionalMix(self, rareClasses: try rareClasses(facts, keyPath: keyPath + ".pool"))
    }

    /// Train ids of the classes whose objects are remembered.
    ///
    /// - Throws: for classes that do not exist, have no objects, or none in the source.
    package func rareClasses(_ facts: MixingFacts, keyPath: String) throws(ConfigurationError) -> Set<UInt8> {
        guard let pool, countsObjects else { return [] }
        guard pool.classes.isEmpty else {
            let named = try trainIDs(pool.classes, facts, keyPath + ".classes")
            if let counts = facts.objectCounts, let absent = named.first(where: { counts[Int($0)] == 0 }) {
                throw ConfigurationError(
                    .impossibleCombination, keyPath: keyPath + ".classes",
                    "the source has no object of the class '\(facts.classNames[Int(absent)])', so that there would never "
                        + "be one to remember; name other classes, or none to have the rarest ones found")
            }
            return Set(named)
        }
        guard let counts = facts.objectCounts else {
            preconditionFailure("BidirectionalMix: nobody counted the objects of the source")
        }
        var groups: [[UInt8]] = []
        for (index, group) in pool.groups.enumerated() {
            groups.append(try trainIDs(group.classes, facts, "\(keyPath).groups[\(index)].classes"))
        }
        if groups.isEmpty { groups = [facts.things] }
        for (index, group) in groups.enumerated() where group.allSatisfy({ counts[Int($0)] == 0 }) {
            let names = group.map { facts.classNames[Int($0)] }.joined(separator: ", ")
            throw ConfigurationError(
                .impossibleCombination, keyPath: pool.groups.isEmpty ? keyPath : "\(keyPath).groups[\(index)].classes",
                "the source has no object of any of the classes \(names), of which the rarest is to be remembered; check "
                    + "the source with `causeway check-data`, name other classes, or use no pool (null)")
        }
        return Set(RareClasses.rarest(counts: counts, groups: groups))
    }

    private func trainIDs(
        _ classes: [ClassReference], _ facts: MixingFacts, _ keyPath: String
    ) throws(ConfigurationError) -> [UInt8] {
        let trainIDs = try classes.trainIDs(of: facts.classNames, keyPath: keyPath).map { UInt8($0) }
        if let other = trainIDs.first(where: { !facts.things.contains($0) }) {
            let things = facts.things.map { facts.classNames[Int($0)] }.joined(separator: ", ")
            throw ConfigurationError(
                .impossibleCombination, keyPath: keyPath,
                "'\(facts.classNames[Int(other)])' is none of the countable classes that are learnt; those "
                    + "are \(things)")
        }
        return trainIDs
    }

    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("directions", &directions)
        try fields.field("shape", &rule.shape)
        try fields.field("minArea", &rule.minArea, .pixels(from: 1))
        try fields.field("maxPatchArea", &rule.maxPatchArea, .pixels(from: 0))
        try fields.field("blur", &blur)
        try fields.field("rectanglesCover", &rectanglesCover)
        try fields.field("keepsVanished", &keepsVanished)
        try fields.field("mixesWithoutTargetObjects", &mixesWithoutTargetObjects)
        try fields.field("minScore", &minScore, .closed(0...1))
        try fields.optionalSection("pool", &pool)
    }
}

extension BidirectionalMix.Pool: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("capacity", &capacity, .closed(1...1000))
        try fields.field("trimming", &trimming)
        try fields.list("classes", &classes)
        try fields.sections("groups", &groups)
    }
}

extension BidirectionalMix.Group: ConfigurationSection {
    package init() { self.init([]) }

    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.list("classes", &classes)
    }
}

extension BidirectionalMix.Directions: ConfigurationChoice {}
extension BidirectionalMix.Blur: ConfigurationChoice {}
extension PastingRule.Shape: ConfigurationChoice {}
extension RareClassPool.Trimming: ConfigurationChoice {}
