import Collectives

/// The checks by name.
enum Check: String, CaseIterable {
    case reductions, broadcasts, messages, gathers, groups, overlap, pieces, repeatable, patience, speed
    case slow, busy
    case buckets, teachers, checkpoints, loading, fullDisk = "full-disk"
    // These end badly on purpose.
    case silent, frozen, deadlock
    case mismatch, wrongSize = "wrong-size", failure, killed, stopped
    case commonFailure = "common-failure", differentFailures = "different-failures"

    func run(on world: any ProcessGroup, _ argument: String?) throws {
        switch self {
        case .reductions: try checkReductions(world)
        case .broadcasts: try checkBroadcasts(world)
        case .messages: try checkMessages(world)
        case .gathers: try checkGathers(world)
        case .groups: try checkGroups(world)
        case .overlap: try checkOverlap(world)
        case .pieces: try checkPieces(world)
        case .repeatable: try checkRepeatable(world)
        case .patience: try checkPatience(world)
        case .slow: try workLongerThanTheLimit(world)
        case .busy: try writeLongerThanTheLimit(world)
        case .silent: try fallSilent(world)
        case .frozen: try freeze(world)
        case .deadlock: try waitForEachOther(world)
        case .speed: try measureAllReduce(world)
        case .buckets: try checkBuckets(world)
        case .teachers: try checkTeachers(world)
        case .checkpoints: try checkCheckpoints(world, try folder(argument))
        case .loading: try checkLoading(world, try folder(argument))
        case .fullDisk: try checkFullDisk(world, try folder(argument))
        case .mismatch: try callDifferently(world)
        case .wrongSize: try sendAnotherLength(world)
        case .failure: try failOnLastRank(world)
        case .commonFailure: throw CheckFailure(description: "deliberate failure\nof two lines")
        case .differentFailures: try failOneAfterTheOther(world)
        case .killed: try dieInMidStep(world)
        case .stopped: try runUntilAsked(world)
        }
    }

    private func folder(_ argument: String?) throws -> String {
        guard let argument else { throw CheckFailure(description: "\(rawValue) needs a folder as its argument") }
        return argument
    }
}

/// A claim that did not hold.
struct CheckFailure: Error, CustomStringConvertible {
    let description: String
}

func expect(_ condition: Bool, _ claim: @autoclosure () -> String) throws {
    if !condition { throw CheckFailure(description: claim()) }
}

func expectEqual<Value: Equatable>(_ value: Value, _ expected: Value, _ claim: @autoclosure () -> String) throws {
    try expect(value == expected, "\(claim()): got \(value), expected \(expected)")
}
