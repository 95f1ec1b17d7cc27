internal import Basics
internal import Collectives
internal import FoundationEssentials
internal import WeightFiles

/// What a stage was begun with: when the pipeline goes on, a stage must not mix what came from other weights or labels.
///
/// A text file in the stage's folder, `name=value` a line. Facts are compared by their names, so that what a later
/// version asks beside them is no difference.
package struct StageInputs: Equatable {
    /// Something that a stage depends on.
    package struct Fact: Equatable {
        let name: String
        let value: String
    }

    let facts: [Fact]
    package static let fileName = "inputs.txt"

    /// - Parameters:
    ///   - files: that a stage before left, by what they are to this one.
    ///   - values: what else it depends on: values of keys, by their dotted path.
    /// - Throws: `RunError` where a stage before has not ended.
    package init(files: [(name: String, path: String)], values: [(path: String, text: String)] = []) throws(RunError) {
        var facts: [Fact] = []
        for file in files {
            guard let digest = Self.digest(file.path) else {
                throw .output(
                    "\(file.path): is missing, the \(file.name); run the stages before this one (the pipeline without --stage)"
                )
            }
            facts.append(Fact(name: file.name, value: digest))
        }
        self.facts = facts + values.map { Fact(name: $0.path, value: $0.text) }
    }

    /// Names of facts.
    static func weights(ofGroup group: String) -> String { "weights of \(group)" }
    static let labels = "labels of stage \(PipelineStages.fusionName)"

    /// Of weights what they are, whatever setting their file was written with; nil where the file cannot be read.
    private static func digest(_ path: String) -> String? {
        guard path.hasSuffix(".safetensors") else { return RankFacts.contentDigest(path) }
        return try? SafeTensorsFile(path).tensorDigest()
    }

    /// Whether a stage was begun in a folder.
    static func areClaimed(_ folder: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(folder)/\(fileName)")
    }

    /// What differs from what the stage was begun with, one line a fact: `fusion.minScore: '0.9', now '0.5'`; nothing
    /// for a folder in which it was not begun. By one rank.
    package func differences(in folder: String) -> [Difference] {
        let gone: [Difference] = Self.remembered(in: folder).compactMap { fact in
            facts.contains { $0.name == fact.name } || fact.value == Self.none
                ? nil : Difference(fact.name, fact.value, nil)
        }
        return changes(in: folder) + gone
    }

    /// The same of these facts alone, whatever else the stage was begun with.
    func changes(in folder: String) -> [Difference] {
        let old = Self.remembered(in: folder)
        return facts.compactMap { fact in
            if let then = old.first(where: { $0.name == fact.name }) {
                return Self.areSame(then.value, fact.value) ? nil : Difference(fact.name, then.value, fact.value)
            }
            // A section in the place of nothing; any other name is one that the file did not know yet.
            guard let whole = old.first(where: { fact.name.hasPrefix("\($0.name).") }) else { return nil }
            return Difference(fact.name, whole.value, fact.value)
        }
    }

    /// The facts that a stage was begun with; none for a folder in which it was not begun.
    static func remembered(in folder: String) -> [Fact] {
        TextFile.read("\(folder)/\(fileName)").map(facts) ?? []
    }

    /// Numbers may have been written in another way.
    private static func areSame(_ first: String, _ second: String) -> Bool {
        first == second || Double(first).map { $0 == Double(second) } ?? false
    }

    package struct Difference: Equatable, CustomStringConvertible {
        let name: String
        package let description: String

        init(_ name: String, _ then: String, _ now: String?) {
            self.name = name
            description = "\(name): '\(then)', now '\(now ?? StageInputs.none)'"
        }
    }

    /// Of a key without a value.
    private static let none = "null"

    /// Remembers them in the stage's folder, where they are not remembered yet. By one rank.
    package func write(into folder: String, anew: Bool = false) throws {
        guard anew || !Self.areClaimed(folder) else { return }
        do throws(TextFileError) {
            try TextFile.makeFolder(folder)
            try TextFile.write(
                facts.map { "\($0.name)=\($0.value)\n" }.joined(), to: "\(folder)/\(Self.fileName)")
        } catch { throw RunError.output(error.description) }
    }

    /// Remembers them, or finds that they are the same. By one rank.
    ///
    /// - Throws: `RunError` that names what differs, where the stage was begun with others.
    package func claim(_ folder: String) throws {
        try Self.requireNone(differences(in: folder), in: folder)
        try write(into: folder)
    }

    static func requireNone(_ differences: [Difference], in folder: String) throws(RunError) {
        guard !differences.isEmpty else { return }
        throw .output(
            "\(folder): was begun with something else than there is now; remove the folder, and those of the stages after it, "
                + "to have them done anew:" + differences.map { "\n    \($0)" }.joined())
    }
}

// MARK: - Reading

extension StageInputs {
    private static func facts(of text: String) -> [Fact] {
        text.split(separator: "\n").flatMap { line -> [Fact] in
            let isFormer = ["fusion ", "target "].contains(where: line.hasPrefix)
            guard !isFormer, let equals = line.firstIndex(of: "=") else { return formerFacts(line) }
            return [Fact(name: String(line[..<equals]), value: String(line[line.index(after: equals)...]))]
        }
    }

    /// Of the first version, which wrote values as the program printed them: `weights of vehicle <digest>`, and
    /// `fusion FusionConfiguration(minScore: 0.9, …)`, of which the numbers can be read.
    private static func formerFacts(_ line: Substring) -> [Fact] {
        if line.hasPrefix("fusion ") {
            return ["minScore", "minShareLeft", "minArea"].compactMap { key -> Fact? in
                guard let start = line.firstRange(of: "\(key): ") else { return nil }
                return Fact(
                    name: "fusion.\(key)", value: String(line[start.upperBound...].prefix { $0 != "," && $0 != ")" }))
            }
        }
        for name in ["weights of stage ", "weights of ", "labels of stage "] where line.hasPrefix(name) {
            guard let space = line.dropFirst(name.count).firstIndex(of: " ") else { continue }
            return [Fact(name: String(line[..<space]), value: String(line[line.index(after: space)...]))]
        }
        return []
    }
}
