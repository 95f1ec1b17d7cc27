internal import Configuration

/// Stands in for environment variables that are not set, and remembers them: for commands that open no data, so that a
/// setting can be planned and measured where its data is not.
final class UnsetVariables {
    private(set) var names: [String] = []

    func value(_ name: String) -> String? {
        if let value = Environment.variable(name), !value.isEmpty { return value }
        if !names.contains(name) { names.append(name) }
        return "${\(name)}"
    }
}
