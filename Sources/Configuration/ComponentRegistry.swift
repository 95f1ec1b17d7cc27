internal import Synchronization

/// What a kind of component is called in settings and on command lines, and its sizes by default.
package final class ComponentRegistry<Config: Sendable>: Sendable {
    package typealias Entry = (name: String, config: Config)

    private let entries: Mutex<[Entry]>

    /// - Precondition: names differ.
    package init(_ entries: [Entry]) {
        precondition(Set(entries.map(\.name)).count == entries.count, "ComponentRegistry: a name stands twice")
        self.entries = Mutex(entries)
    }

    /// In the order of registration.
    package var names: [String] { entries.withLock { $0.map(\.name) } }

    package subscript(name: String) -> Config? {
        entries.withLock { entries in entries.first { $0.name == name }?.config }
    }

    /// Adds one for a program that brings components of its own, before it reads its first setting. Those of this house
    /// stand in the registry's list.
    ///
    /// - Precondition: the name is new.
    package func add(_ name: String, _ config: Config) {
        entries.withLock { entries in
            precondition(!entries.contains { $0.name == name }, "ComponentRegistry: '\(name)' is registered already")
            entries.append((name, config))
        }
    }
}
