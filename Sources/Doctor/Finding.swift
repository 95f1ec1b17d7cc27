package import Basics

/// One line of the doctor's report.
package struct Finding {
    package enum Status: String {
        case ok, warning, error
    }

    package let topic: String
    package let status: Status
    /// What was found and will be used.
    package let value: String
    /// What to do about a warning or error; empty otherwise.
    package let remedy: String

    package init(_ topic: String, _ value: String) {
        self.init(topic, .ok, value, remedy: "")
    }

    package init(_ topic: String, _ status: Status, _ value: String, remedy: String) {
        self.topic = topic
        self.status = status
        self.value = value
        self.remedy = remedy
    }

    /// Of one part of what was examined.
    package func under(_ part: String) -> Finding { Finding("\(part): \(topic)", status, value, remedy: remedy) }

    package var json: JSONValue {
        [
            "topic": .string(topic), "status": .string(status.rawValue), "value": .string(value),
            "remedy": .string(remedy),
        ]
    }

    /// The report of many findings for the terminal.
    package static func report(_ findings: [Finding]) -> String {
        let width = findings.map(\.topic.count).max() ?? 0
        var text = ""
        for finding in findings {
            let topic = finding.topic + String(repeating: " ", count: width - finding.topic.count)
            let mark = finding.status == .ok ? "" : "\(finding.status.rawValue.uppercased()): "
            text += "\(topic)  \(mark)\(finding.value)\n"
            if !finding.remedy.isEmpty { text += String(repeating: " ", count: width + 2) + "-> \(finding.remedy)\n" }
        }
        return text
    }
}
