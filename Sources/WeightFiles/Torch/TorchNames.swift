/// Finds the tensors below the value of a pickle and gives them names: keys and places joined by dots, as in
/// `state_dict.backbone.norm1.weight`.
struct TorchNames {
    /// Bounds on what a file may make of containers that hold each other.
    private static let (deepest, mostValues, longestName, mostTensors) = (32, 1 << 24, 1024, 1 << 18)

    private let machine: PickleMachine
    /// Tensors by name, in the order of the file.
    private(set) var found: [(name: String, tensor: Int)] = []
    private var visited = 0

    /// - Throws: a sentence, where containers are nested without end or names are endless.
    init(_ value: PickleValue, _ machine: PickleMachine) throws(PickleReader.Failure) {
        self.machine = machine
        try visit(value, "", depth: 0)
    }

    private mutating func visit(_ value: PickleValue, _ name: String, depth: Int) throws(PickleReader.Failure) {
        visited += 1
        guard depth <= Self.deepest, visited <= Self.mostValues, name.utf8.count <= Self.longestName,
            found.count <= Self.mostTensors
        else { throw PickleReader.Failure(offset: machine.end, message: "nests its values without end") }
        switch value {
        case .tensor(let index): found.append((name.isEmpty ? "tensor" : name, index))
        case .object(let index):
            let object = machine.objects[index]
            visited += object.values.count
            for (place, inner) in object.values.enumerated() {
                guard Self.mayLead(inner), let key = object.keys.isEmpty ? "\(place)" : Self.text(object.keys[place])
                else { continue }
                try visit(inner, name.isEmpty ? key : "\(name).\(key)", depth: depth + 1)
            }
        default: break
        }
    }

    private static func mayLead(_ value: PickleValue) -> Bool {
        switch value {
        case .tensor, .object: true
        case .none, .bool, .integer, .text, .other, .global, .storage: false
        }
    }

    private static func text(_ key: PickleValue) -> String? {
        switch key {
        case .text(let text): text
        case .integer(let number): "\(number)"
        case .bool(let value): "\(value)"
        default: nil
        }
    }
}
