/// What the environment turns on or off, to find out where a device fails.
package enum DeviceSwitch: String, CaseIterable {
    /// Whether the host waits for each kernel, so that a failure is told at its launch rather than at the next wait.
    case sync = "CAUSEWAY_DEVICE_SYNC"
    /// Whether work that repeats is recorded and replayed.
    case graphs = "CAUSEWAY_DEVICE_GRAPHS"

    private var isOnOtherwise: Bool { self == .graphs }

    /// What the environment says; where it is no answer, as where it says nothing.
    var isOn: Bool { (try? value(of: EnvironmentText.of(rawValue))) ?? isOnOtherwise }

    /// - Parameter text: of the environment.
    /// - Throws: where that is neither 1 nor 0.
    package func value(of text: String?) throws(DeviceError) -> Bool {
        switch text {
        case nil, "": return isOnOtherwise
        case "0": return false
        case "1": return true
        case let text?: throw DeviceError("\(rawValue)=\(text) is no answer; say 1 or 0, or unset it")
        }
    }

    /// Ends a command early where one of them has another value than 1 and 0.
    package static func checkEnvironment() throws(DeviceError) {
        for element in allCases { _ = try element.value(of: EnvironmentText.of(element.rawValue)) }
    }
}
