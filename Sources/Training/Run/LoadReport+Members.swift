internal import Basics
internal import WeightFiles

extension LoadReport {
    /// Names of each kind that the log has; a file may hold thousands.
    private static let mostNames = 20

    /// The members of the report's line in `log.jsonl`, after `step` and `event`: what was loaded, and under which key
    /// what was not.
    var members: [(String, JSONValue)] {
        let copies = passedOver.map { copy in
            JSONValue.object([
                ("role", .string(copy.role)), ("prefix", .string(copy.prefix)), ("tensors", .integer(copy.tensorCount)),
            ])
        }
        return [
            ("file", .string(file)), ("naming", .string(naming)), ("prefix", .string(prefix)),
            ("loaded", .integer(loadedCount)), ("passedOver", .array(copies)),
        ] + [
            ("missing", missing), ("wrongShape", wrongShape.map(\.name)),
            ("otherClasses", otherClasses.map(\.name)), ("unexpected", unexpected),
            ("constant", constant), ("drawn", drawn),
        ].map { key, names in
            (key, .object([
                ("count", .integer(names.count)),
                ("names", .array(names.prefix(Self.mostNames).map { .string($0) })),
            ]))
        }
    }
}
