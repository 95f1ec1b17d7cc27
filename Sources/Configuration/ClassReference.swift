/// A class as a setting names it: by its name or by its train id.
public enum ClassReference: Sendable, Equatable {
    case trainID(Int)
    case name(String)
}

extension ClassReference: ConfigurationWord {
    package static var expectation: String { "the name of a class or its train id" }
    package static var takesQuotedText: Bool { true }

    package init?(configurationText: String) {
        self = Int(configurationText).map { .trainID($0) } ?? .name(configurationText)
    }

    package var configurationText: String {
        switch self {
        case .trainID(let trainID): "\(trainID)"
        case .name(let name): name
        }
    }

    package var isWrittenQuoted: Bool {
        if case .name = self { true } else { false }
    }
}

extension ClassReference: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    public init(integerLiteral trainID: Int) { self = .trainID(trainID) }
    public init(stringLiteral name: String) { self = .name(name) }
}

extension [ClassReference] {
    /// The train ids.
    ///
    /// - Parameters:
    ///   - classNames: in train id order.
    ///   - keyPath: where the classes are named, for errors.
    package func trainIDs(
        of classNames: [String], keyPath: String
    ) throws(ConfigurationError) -> [Int] {
        var trainIDs: [Int] = []
        for reference in self {
            switch reference {
            case .trainID(let trainID):
                guard classNames.indices.contains(trainID) else {
                    throw ConfigurationError(
                        .impossibleCombination, keyPath: keyPath,
                        "there is no train id \(trainID); train ids go from 0 to \(classNames.count - 1)")
                }
                trainIDs.append(trainID)
            case .name(let name):
                guard let trainID = classNames.firstIndex(of: name) else {
                    let nearest = NearestName.find(name, among: classNames).map { "did you mean '\($0)'?" }
                    throw ConfigurationError(
                        .impossibleCombination, keyPath: keyPath,
                        "there is no class '\(name)'; "
                            + (nearest ?? "the classes are \(classNames.joined(separator: ", "))"))
                }
                trainIDs.append(trainID)
            }
        }
        return trainIDs
    }
}
