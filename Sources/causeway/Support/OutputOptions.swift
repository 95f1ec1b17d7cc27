internal import ArgumentParser
internal import Basics
internal import Training

/// How a command that measures or scores shows its result.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON document instead of a table.")
    var json = false

    /// Prints one of the two forms to standard output.
    func show(table: @autoclosure () -> String, json document: @autoclosure () -> JSONValue) {
        if json {
            print(document().text)
        } else {
            print(table(), terminator: "")
        }
    }
}
