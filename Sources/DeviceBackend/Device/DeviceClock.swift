internal import CDeviceDriver
internal import DeviceSeam
internal import Synchronization

/// The times of a device's one stream, by events that are recorded between its work.
///
/// `@unchecked Sendable`: events are used under the lock.
final class DeviceClock: WorkClock, @unchecked Sendable {
    private struct State {
        var events: [cdd_event?] = []
        /// Numbers of events that nobody waits for.
        var free: [Int] = []
    }

    private let context: DeviceContext
    private let state = Mutex(State())

    init(_ context: DeviceContext) { self.context = context }

    deinit {
        context.enter()
        state.withLock { state in
            for event in state.events { _ = context.tables.driver.event_destroy(event) }
        }
    }

    func mark() -> WorkMark {
        context.enter()
        let driver = context.tables.driver
        return state.withLock { state in
            let number = state.free.popLast() ?? add(to: &state)
            context.check(driver.event_record(state.events[number], context.stream), "recording an event")
            return WorkMark(number: number)
        }
    }

    private func add(to state: inout State) -> Int {
        var event: cdd_event?
        context.check(context.tables.driver.event_create(&event, 0), "making an event with times")
        state.events.append(event)
        return state.events.count - 1
    }

    func seconds(of marks: [WorkMark]) -> [Double] {
        guard let first = marks.first, let last = marks.last else { return [] }
        context.enter()
        let driver = context.tables.driver
        return state.withLock { state in
            context.wait(for: state.events[last.number], "waiting for an event")
            let seconds = marks.map { mark in
                var milliseconds: Float = 0
                context.check(
                    driver.event_elapsed(&milliseconds, state.events[first.number], state.events[mark.number]),
                    "reading the time of an event")
                return Double(milliseconds) / 1000
            }
            state.free += marks.map(\.number)
            return seconds
        }
    }
}
