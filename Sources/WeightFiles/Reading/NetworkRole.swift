/// What a network in a file was to the run that saved it, told by the words before its names.
///
/// A file may hold a student, its averaged teacher and a frozen copy of its first weights side by side, each below any
/// chain of wrappers: `module.model.backbone.`, `state_dict.ema_model.`, `imnet_model.`. The student is wanted.
package enum NetworkRole: Int, Comparable, Sendable {
    case student
    case teacher
    case frozen

    /// The last of the roles that a word of the chain names; a student where none does.
    ///
    /// - Parameter prefix: words joined by dots, as in `module.ema_model.`.
    package init(prefix: String) {
        self = prefix.split(separator: ".").flatMap { Self.words($0) }.map { word in
            Self.frozenWords.contains(word) ? .frozen : Self.teacherWords.contains(word) ? .teacher : .student
        }.max() ?? .student
    }

    /// Whether the chain leads to gradients or an optimiser's averages, which carry the names of weights.
    package static func isState(prefix: String) -> Bool {
        prefix.split(separator: ".").flatMap { words($0) }.contains { stateWords.contains($0) }
    }

    package static func < (first: NetworkRole, second: NetworkRole) -> Bool { first.rawValue < second.rawValue }

    private static let teacherWords: Set = ["ema", "teacher", "averaged", "average", "swa", "shadow", "momentum"]
    private static let frozenWords: Set = ["imnet", "imagenet", "frozen", "fixed", "pretrained", "initial"]
    private static let stateWords: Set = ["grad", "grads", "gradient", "gradients", "optimizer", "optim"]

    /// `ema_model`, `modelEMA` and `EMAModel` all are `ema` and `model`.
    private static func words(_ name: Substring) -> [String] {
        var words = [""]
        let letters = Array(name)
        for (index, letter) in letters.enumerated() {
            let follows = index > 0 && letters[index - 1].isLowercase
            let leads = index + 1 < letters.count && letters[index + 1].isLowercase
            if !letter.isLetter || letter.isUppercase && (follows || leads) { words.append("") }
            if letter.isLetter { words[words.count - 1] += letter.lowercased() }
        }
        return words.filter { !$0.isEmpty }
    }
}

extension NetworkRole {
    /// What stands before each of `names` that ends with `anchor`, where that is a network's: the one to take first.
    ///
    /// One rule for all files: the student before its teacher before a frozen copy, and of equals the one with the
    /// fewest words before its names.
    package static func prefixes(of anchor: String, in names: [String]) -> [String] {
        names.filter { $0 == anchor || $0.hasSuffix("." + anchor) }.map { String($0.dropLast(anchor.utf8.count)) }
            .filter { !isState(prefix: $0) }
            .sorted { rank($0) != rank($1) ? rank($0) < rank($1) : $0 < $1 }
    }

    /// Smaller is better.
    package static func rank(_ prefix: String) -> (NetworkRole, Int) {
        (NetworkRole(prefix: prefix), prefix.count { $0 == "." })
    }

    /// For a person, where it is asked for.
    package var wanted: String {
        switch self {
        case .student: "student"
        case .teacher: "teacher"
        case .frozen: "frozen copy"
        }
    }

    /// For a person, where another one is taken.
    package var name: String {
        switch self {
        case .student: "other network"
        case .teacher: "teacher"
        case .frozen: "frozen copy"
        }
    }
}
