internal import Glibc

/// The process environment.
public enum Environment {
    /// The value of a variable; nil when it is not set.
    public static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// `text` with every `${NAME}` replaced by that environment variable.
    ///
    /// - Parameter keyPath: the key that holds the text, for errors.
    /// - Throws: `unsetVariable` when a variable is unset or empty, or a brace is not closed.
    public static func expanded(
        _ text: String, keyPath: String, variable: (String) -> String? = Environment.variable
    ) throws(ConfigurationError) -> String {
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...].dropFirst()
            guard rest.first == "{", let end = rest.firstIndex(of: "}") else {
                throw ConfigurationError(
                    .unsetVariable, keyPath: keyPath, "a variable is written ${NAME}, got '\(text)'")
            }
            let name = String(rest[rest.index(after: rest.startIndex)..<end])
            guard let value = variable(name), !value.isEmpty else {
                throw ConfigurationError(
                    .unsetVariable, keyPath: keyPath,
                    "the environment variable \(name) is not set; run `export \(name)=<folder>` first, or give the "
                        + "path with --set \(keyPath)=<path>")
            }
            result += value
            rest = rest[end...].dropFirst()
        }
        return result + rest
    }
}
