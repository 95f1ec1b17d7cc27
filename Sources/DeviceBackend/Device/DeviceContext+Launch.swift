internal import CDeviceDriver
internal import Glibc

extension DeviceContext {
    /// Queues a kernel that does each of `count` numbers on its own.
    func launch(_ name: String, each count: Int, _ arguments: [any KernelArgument]) {
        guard count > 0 else { return }
        let function = function(name)
        precondition(function.isEach, "device: \(name) needs its groups")
        launch(function, (min((count + 255) / 256, 1 << 20), 1, 1), arguments)
    }

    /// Queues a kernel for a grid of groups.
    func launch(_ name: String, groups: (x: Int, y: Int, z: Int), _ arguments: [any KernelArgument]) {
        guard groups.x > 0, groups.y > 0, groups.z > 0 else { return }
        let function = function(name)
        precondition(!function.isEach, "device: \(name) has no groups")
        launch(function, groups, arguments)
    }

    private func launch(
        _ function: DeviceFunction, _ groups: (x: Int, y: Int, z: Int), _ arguments: [any KernelArgument]
    ) {
        guard let x = UInt32(exactly: groups.x), let y = UInt32(exactly: groups.y), let z = UInt32(exactly: groups.z)
        else { preconditionFailure("device: a grid of \(groups) is too large for \(function.name)") }
        var list = ArgumentList(arguments, of: function)
        enter()
        note(function.name, groups: groups)
        // Arrays that nobody else holds are given back after the kernel is queued, not before.
        let code = withExtendedLifetime(arguments) {
            list.withPointers {
                tables.driver.launch(function.handle, x, y, z, UInt32(function.threads), 1, 1, 0, stream, $0, nil)
            }
        }
        check(code, "launching \(function.name) in \(groups.x) x \(groups.y) x \(groups.z) groups")
        if Self.waitsForEach { wait() }
    }

    /// Whether a launch's failure is to be told at that launch, rather than at the next wait; for finding one.
    private static let waitsForEach = getenv("CAUSEWAY_DEVICE_SYNC") != nil
}
