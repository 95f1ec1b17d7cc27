/// The lines of an older `log.jsonl`, as a run that goes on from one of its steps sees them.
struct LogHistory {
    /// Whole lines that lead to the step, in order.
    private(set) var kept: [UInt8] = []
    /// Whole lines that do not: later steps, which come again, and what no log has.
    private(set) var dropped: [UInt8] = []

    /// - Parameter step: nil keeps every whole line. 0 keeps none: the run begins.
    init(_ bytes: [UInt8], leadingTo step: Int?) {
        var start = 0
        var place = Place(end: step)
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if place.takes(bytes[start..<end]) {
                kept += bytes[start...end]
            } else {
                dropped += bytes[start...end]
            }
            start = end + 1
        }
    }

    /// How far the lines have led.
    private struct Place {
        let end: Int?
        private var last = 0
        private var seen: Set<String> = []

        init(end: Int?) { self.end = end }

        /// Whether a line belongs to the way.
        mutating func takes(_ line: ArraySlice<UInt8>) -> Bool {
            guard let end else { return true }
            guard end > 0, line.last == UInt8(ascii: "}"), !line.contains(0) else { return false }
            let text = String(decoding: line, as: UTF8.self)
            guard let step = Self.step(of: text), step >= last, step <= end else { return false }
            switch Self.event(of: text) {
            // The run that goes on tells of its start itself, and has not ended.
            case "start" where step == end, "weights" where step == end, "end": return false
            case "train", "evaluation":
                guard seen.insert("\(Self.event(of: text) ?? "") \(step)").inserted else { return false }
            default: break
            }
            last = step
            return true
        }

        private static let stepMark = "{\"step\":"
        private static let eventMark = ",\"event\":\""

        /// The number that every line begins with.
        private static func step(of line: String) -> Int? {
            guard line.hasPrefix(stepMark) else { return nil }
            return Int(line.dropFirst(stepMark.count).prefix { $0.isASCII && $0.isNumber })
        }

        /// The text behind it.
        private static func event(of line: String) -> Substring? {
            let rest = line.dropFirst(stepMark.count).drop { $0.isASCII && $0.isNumber }
            return rest.hasPrefix(eventMark) ? rest.dropFirst(eventMark.count).prefix { $0 != "\"" } : nil
        }
    }
}
