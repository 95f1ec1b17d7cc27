internal import Basics
internal import Collectives
internal import TensorEngine

/// The calls of all ranks as trace events (Chrome's JSON format), which Perfetto and chrome://tracing show.
///
/// A rank is a process with one line for phases and one for operations. Times are of each node's own clock; on a device
/// both lines are when it did the work, not when it was told to.
enum StepTrace {
    /// Collective.
    ///
    /// - Returns: the document on rank 0, nil elsewhere.
    static func document(_ profile: OperationProfile, world: any ProcessGroup) throws(CollectiveError) -> String? {
        let events = profile.events
        let start = try world.minimum(events.map(\.start).min() ?? .infinity)
        let own = (names(world.rank) + events.map { event($0, since: start, world.rank) }).map(\.text)
        let parts = try world.gather(Array(own.joined(separator: ",\n").utf8), to: 0)
        guard let parts else { return nil }
        let lines = parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ",\n")
        return "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n\(lines)\n]}\n"
    }

    private static func names(_ rank: Int) -> [JSONValue] {
        func name(_ kind: String, _ thread: Int, _ text: String) -> JSONValue {
            [
                "ph": "M", "name": .string(kind), "pid": .integer(rank), "tid": .integer(thread),
                "args": ["name": .string(text)],
            ]
        }
        return [
            name("process_name", 0, "rank \(rank)"), name("thread_name", 0, "phases"),
            name("thread_name", 1, Engine.clockName == "host" ? "operations" : "operations on \(Engine.device.name)"),
        ]
    }

    private static func event(_ event: OperationProfile.Event, since start: Double, _ rank: Int) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("ph", "X"), ("name", .string(event.work?.name ?? event.phase)), ("cat", .string(event.phase)),
            ("pid", .integer(rank)), ("tid", .integer(event.work == nil ? 0 : 1)),
            ("ts", microseconds(event.start - start)), ("dur", microseconds(event.seconds)),
        ]
        if let work = event.work {
            members.append((
                "args",
                [
                    "shapes": .array(work.shapes.map { .string($0.map(String.init).joined(separator: "x")) }),
                    "MFLOP": .number(work.flops * 1e-6), "MB": .number(work.bytes * 1e-6),
                ]
            ))
        }
        return .object(members)
    }

    /// In steps of a nanosecond.
    private static func microseconds(_ seconds: Double) -> JSONValue { .number((seconds * 1e9).rounded() / 1e3) }
}
