internal import Basics
package import DeviceSeam

extension Engine {
    /// The clock of a device whose calls return before their work is done; nil where the host's is right.
    package static var workClock: (any WorkClock)? { backend.workClock }

    /// Whose times measurements have: `host`, or `device` where its own are taken.
    package static var clockName: String { workClock == nil ? "host" : "device" }

    /// Seconds that the work takes which `body` tells: the device's own where it has a clock.
    package static func seconds(of body: () -> Void) -> Double {
        if let clock = workClock { return clock.seconds(of: body) }
        let start = MonotonicClock.seconds
        body()
        return MonotonicClock.seconds - start
    }
}
